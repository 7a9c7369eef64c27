-- Reads the trail of every tenant, which some callers may not, so it has the owner's rights; it shows counts
-- and names.
create or replace function comply.sample_privileged_activity(sample_size integer, seed integer)
returns setof comply.sampled
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return query
  select
    p.tenant_id,
    p.event_id,
    p.happened_at,
    jsonb_strip_nulls(jsonb_build_object(
      'source', p.source,
      'action', p.action,
      'object', p.object,
      'user_id', p.user_id,
      'active_role', p.active_role,
      'reason', p.reason,
      'record_id', p.record_id,
      'changed_columns', p.detail -> 'changed_columns'))
  from comply.privileged_activity(
    comply.now() - (comply_private.check_limit('privileged_activity')).span, comply.now()) as p
  order by comply_private.sample_rank(p.source || p.event_id, sample_privileged_activity.seed), p.source, p.event_id
  limit sample_privileged_activity.sample_size;
end;
$$;

comment on function comply.sample_privileged_activity(integer, integer) is
  'Return things that privileged logins did of late, for an auditor to ask for the tickets; the same seed '
  'draws the same.';

revoke execute on function comply.sample_privileged_activity(integer, integer) from public;
grant  execute on function comply.sample_privileged_activity(integer, integer)
  to comply_auditor, comply_admin, comply_operator;
