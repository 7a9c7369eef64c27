-- Runs with the caller's rights, so of the trail each sees what policies show. Roles are judged as they are now,
-- because the server keeps no history of them: a login that is gone therefore counts as privileged. A change is
-- judged by the login, which a session cannot choose, and by the role that it had taken on.
create or replace function comply.privileged_activity(from_time timestamptz, to_time timestamptz)
returns table (
  happened_at timestamptz,
  source      text,
  action      text,
  object      text,
  user_id     text,
  active_role text,
  reason      text,
  tenant_id   text,
  actor       text,
  record_id   uuid,
  detail      jsonb,
  event_id    text
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_reasons  jsonb;
  v_ordinary text[];
begin
  select
    jsonb_object_agg(r.role_name, r.reason) filter (where r.reason is not null),
    coalesce(array_agg(r.role_name) filter (where r.reason is null), '{}')
  into v_reasons, v_ordinary
  from comply.privileged_roles() as r;

  return query
  select
    a."timestamp",
    'trail',
    a.operation,
    a.table_name,
    a.user_id,
    a.active_role,
    coalesce(v_reasons ->> a.user_id, v_reasons ->> a.active_role, 'login or role is gone'),
    a.tenant_id,
    a.actor,
    a.record_id,
    jsonb_strip_nulls(jsonb_build_object(
      'changed_columns', comply.changed_columns(a.operation, a.old_values, a.new_values),
      'client', a.ip_address,
      'application', a.user_agent,
      'correlation_id', a.correlation_id)),
    a.id::text
  from comply.audit_trail as a
  where a."timestamp" >= privileged_activity.from_time
    and a."timestamp" < privileged_activity.to_time
    and (a.user_id <> all (v_ordinary) or a.active_role <> all (v_ordinary))
  union all
  select
    e.happened_at,
    e.source,
    e.action,
    e.object,
    e.user_id,
    e.active_role,
    case
      when e.user_id <> all (v_ordinary) or e.active_role <> all (v_ordinary)
        then coalesce(v_reasons ->> e.user_id, v_reasons ->> e.active_role, 'login or role is gone')
    end,
    null,
    null,
    null,
    e.detail,
    e.event_id
  from comply.admin_events(privileged_activity.from_time, privileged_activity.to_time) as e
  order by 1, 2, 12;
end;
$$;

comment on function comply.privileged_activity(timestamptz, timestamptz) is
  'Return what privileged logins did from one time to before another: changes in the audit trail by whoever is '
  'not a plain service, deployments, and changes of keys and profile; the first first. reason says what makes '
  'the login, or the role that it had taken on, privileged today.';

revoke execute on function comply.privileged_activity(timestamptz, timestamptz) from public;
grant  execute on function comply.privileged_activity(timestamptz, timestamptz)
  to comply_auditor, comply_admin;
