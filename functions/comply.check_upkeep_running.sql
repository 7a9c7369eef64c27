-- Reads private tables, which callers cannot, so it has the owner's rights. By its effects, as whatever
-- schedules it may be outside. Before there is a tenant, nothing has to run.
create or replace function comply.check_upkeep_running()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_limit interval := (comply_private.check_limit('upkeep_running')).span;
begin
  return query
  with task as (
    select 'comply.ensure_partitions' as name, max(m.ran_at) as ran_at
    from comply_private.maintenance_runs as m
    where m.task = 'comply.ensure_partitions'
    union all
    select m.task, m.ran_at
    from comply_private.maintenance_runs as m
    where m.task <> 'comply.ensure_partitions'
    union all
    select 'comply.seal_audit', (select s.sealed_at from comply_private.ledger_state as s)
    union all
    select 'comply.refresh_rollups', (select s.refreshed_at from comply_private.rollup_state as s)
  )
  select f.*
  from task as t
  cross join (select min(c.created_at) as began_at from comply.tenant_configs as c) as s
  cross join lateral comply_private.finding(
    'upkeep_running',
    case
      when t.ran_at > comply.now() - v_limit then 'pass'
      when t.ran_at is null and s.began_at > comply.now() - v_limit then 'na'
      else 'fail'
    end,
    t.name,
    format('it ran within %s', v_limit),
    jsonb_strip_nulls(jsonb_build_object('ran_at', t.ran_at))) as f
  where s.began_at is not null
  order by t.name;

  if not found then
    return next comply_private.finding(
      'upkeep_running', 'na', 'upkeep', 'it runs once there are tenants', '{"subjects": 0}');
  end if;
end;
$$;

comment on function comply.check_upkeep_running() is
  'Return of each kind of upkeep whether it ran of late.';

revoke execute on function comply.check_upkeep_running() from public;
grant  execute on function comply.check_upkeep_running() to comply_auditor, comply_admin, comply_operator;
