create or replace function comply_private.record_event(run_id uuid, event text, detail jsonb default '{}')
returns bigint
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_seq bigint;
begin
  insert into comply_private.schema_migration_events as e (
    run_id, event, path, kind, version, checksum, content, transactional, statements, objects, sqlstate,
    message, error_line, attempts, started_at, finished_at, context
  )
  select
    record_event.run_id,
    record_event.event,
    d.path,
    split_part(d.path, '/', 1),
    substring(d.path from '^schema/(\d+)__')::integer,
    sha256(convert_to(d.content, 'UTF8')),
    d.content,
    d.transactional,
    d.statements,
    d.objects,
    d.sqlstate,
    d.message,
    d.error_line,
    coalesce(d.attempts, 1),
    coalesce(d.started_at, clock_timestamp()),
    clock_timestamp(),
    case
      when record_event.event <> 'run_begin' then d.context
      else
        jsonb_build_object(
          'session_user', session_user,
          'current_user', current_user,
          'client', inet_client_addr(),
          'backend_pid', pg_backend_pid(),
          'backend_start', (select a.backend_start from pg_stat_activity as a where a.pid = pg_backend_pid()),
          'server_version_num', current_setting('server_version_num')::integer
        ) || coalesce(d.context, '{}')
    end
  from jsonb_to_record(record_event.detail) as d (
    path text, content text, transactional boolean, statements integer, objects jsonb, sqlstate text,
    message text, error_line integer, attempts integer, started_at timestamptz, context jsonb
  )
  returning e.seq
  into v_seq;

  return v_seq;
end;
$$;

comment on function comply_private.record_event(uuid, text, jsonb) is
  'Append an event to the history; return its number. detail has the columns by name.';

revoke execute on function comply_private.record_event(uuid, text, jsonb) from public;
