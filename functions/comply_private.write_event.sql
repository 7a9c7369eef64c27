-- Takes the number that the refusal has drawn, or draws one.
create or replace function comply_private.write_event(
  code       text,
  message    text,
  table_name text   default null,
  seq        bigint default null
)
returns uuid
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_row comply.security_events;
begin
  v_row.tenant_id := coalesce(comply.current_tenant(), '_system');
  v_row.id := (
    comply_private.audit_id_head((date_part('epoch', clock_timestamp()) * 1000000)::bigint)
    || '0000001' || comply_private.audit_id_tail())::uuid;
  v_row."timestamp" := comply_private.clock();
  v_row.code := write_event.code;
  v_row.message := left(regexp_replace(write_event.message, '[[:cntrl:]]', '?', 'g'), 300);
  v_row.table_name := write_event.table_name;
  v_row.user_id := session_user;
  v_row.active_role := nullif(current_setting('role'), 'none');
  v_row.actor := comply.current_actor();
  v_row.correlation_id := comply.current_correlation_id();
  v_row.ip_address := inet_client_addr();
  v_row.user_agent := nullif(current_setting('application_name'), '');
  v_row.seq := coalesce(write_event.seq, nextval('comply_private.security_events_seq'));
  v_row.transaction_id := pg_current_xact_id();

  insert into comply.security_events
  select v_row.*;

  return v_row.id;
end;
$$;

comment on function comply_private.write_event(text, text, text, bigint) is
  'Add a row to comply.security_events, for the tenant in context or for _system; return its id.';

revoke execute on function comply_private.write_event(text, text, text, bigint) from public;
