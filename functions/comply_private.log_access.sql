-- First the line, which stays whatever becomes of the transaction, then the row. The level of the tenant is
-- the caller's to know. What a transaction cannot write it can at least say, unless
-- comply_private.context_settings has it refused.
create or replace function comply_private.log_access(tenant_id text, table_name text, query_text text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_row      comply.access_log;
  v_is_fixed boolean := current_setting('transaction_read_only') = 'on';
begin
  -- Before the id is taken: comply.begin_incarnation() holds off who comes later, and tells lives apart by ids.
  if not v_is_fixed then
    lock table only comply.access_log in row exclusive mode;
  end if;

  v_row.tenant_id := log_access.tenant_id;
  v_row.id := (
    comply_private.audit_id_head((date_part('epoch', clock_timestamp()) * 1000000)::bigint)
    || '0000001' || comply_private.audit_id_tail())::uuid;
  v_row."timestamp" := comply_private.clock();
  v_row.table_name := log_access.table_name;
  v_row.user_id := session_user;
  v_row.active_role := nullif(current_setting('role'), 'none');
  v_row.actor := comply.current_actor();
  v_row.correlation_id := comply.current_correlation_id();
  v_row.ip_address := inet_client_addr();
  v_row.user_agent := nullif(current_setting('application_name'), '');
  v_row.query_id := comply_private.query_id();
  v_row.query_text := log_access.query_text;

  if not v_is_fixed then
    v_row.seq := nextval('comply_private.access_log_seq');
    v_row.transaction_id := pg_current_xact_id();
  end if;

  perform comply_private.log_line(
    'comply.access', jsonb_strip_nulls(to_jsonb(v_row)) || jsonb_build_object('has_row', not v_is_fixed));

  if not v_is_fixed then
    insert into comply.access_log
    select v_row.*;
  elsif (select s.unwritable_reads from comply_private.context_settings as s) = 'refuse' then
    raise exception 'a read of comply.% leaves a row, and this transaction cannot write one',
      log_access.table_name
      using errcode = 'PC210',
            hint    = 'Read in a transaction that can write, on the primary server.';
  end if;
end;
$$;

comment on function comply_private.log_access(text, text, text) is
  'Log that a table is read, and by what: a line in the server''s log, a row in comply.access_log. Raises PC210.';

revoke execute on function comply_private.log_access(text, text, text) from public;
