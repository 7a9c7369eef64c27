-- Reads private tables, which callers cannot, so it has the owner's rights; it shows no row of a tenant, no key
-- and no text of a file.
create or replace function comply.admin_events(from_time timestamptz, to_time timestamptz)
returns table (
  happened_at timestamptz,
  source      text,
  action      text,
  object      text,
  user_id     text,
  active_role text,
  detail      jsonb,
  event_id    text
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
#variable_conflict use_column
begin
  return query
  select
    e.finished_at,
    'deployment',
    e.event,
    e.path,
    r.context ->> 'session_user',
    r.context ->> 'current_user',
    jsonb_strip_nulls(jsonb_build_object(
      'run_id', e.run_id,
      'version', e.version,
      'checksum', encode(e.checksum, 'hex'),
      'client', r.context ->> 'client',
      'sqlstate', e.sqlstate,
      'message', e.message)),
    e.seq::text
  from comply_private.schema_migration_events as e
  left join comply_private.schema_migration_events as r on r.run_id = e.run_id and r.event = 'run_begin'
  where e.finished_at >= admin_events.from_time
    and e.finished_at < admin_events.to_time
  union all
  select
    e.happened_at,
    'administration',
    e.action,
    e.object,
    e.user_id,
    e.active_role,
    jsonb_strip_nulls(jsonb_build_object(
      'before', e.old_values,
      'after', e.new_values,
      'client', e.ip_address,
      'application', e.user_agent)),
    e.id::text
  from comply_private.admin_events as e
  where e.happened_at >= admin_events.from_time
    and e.happened_at < admin_events.to_time
  order by 1, 2, 8;
end;
$$;

comment on function comply.admin_events(timestamptz, timestamptz) is
  'Return deployments, and changes of context keys and profile, from one time to before another, with who did '
  'it. Changes of keys and profile are kept since version 16.';

revoke execute on function comply.admin_events(timestamptz, timestamptz) from public;
grant  execute on function comply.admin_events(timestamptz, timestamptz) to comply_auditor, comply_admin;
