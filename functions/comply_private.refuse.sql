-- A refusal ends its transaction, and with it every row that could tell of it: the line in the server's log
-- and the number that is drawn stay. A transaction that cannot write draws none, nor does one while a
-- deployment has yet to make the sequence.
create or replace function comply_private.refuse(code text, message text, hint text, table_name text default null)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_seq bigint;
begin
  if current_setting('transaction_read_only') = 'off'
     and to_regclass('comply_private.security_events_seq') is not null
  then
    v_seq := nextval('comply_private.security_events_seq');
  end if;

  perform comply_private.log_line('comply.security', jsonb_strip_nulls(jsonb_build_object(
    'code', refuse.code,
    'message', refuse.message,
    'table_name', refuse.table_name,
    'tenant_id', comply.current_tenant(),
    'user_id', session_user,
    'active_role', nullif(current_setting('role'), 'none'),
    'actor', comply.current_actor(),
    'correlation_id', nullif(current_setting('comply.correlation_id', true), ''),
    'ip_address', host(inet_client_addr()),
    'user_agent', nullif(current_setting('application_name'), ''),
    'seq', v_seq)));

  raise exception '%', refuse.message
    using errcode = refuse.code,
          hint    = refuse.hint;
end;
$$;

comment on function comply_private.refuse(text, text, text, text) is
  'Raise an error that somebody may have to know of: a line in the server''s log tells of it as well.';

revoke execute on function comply_private.refuse(text, text, text, text) from public;
