-- Reads archives and restores of every tenant, which callers may not, so it has the owner's rights. One that is
-- younger than the span between two drills is not due.
create or replace function comply.check_restores_drilled()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
declare
  v_limit interval := (comply_private.check_limit('restores_drilled')).span;
begin
  return query
  with archived as (
    select a.table_name, count(*) as archives, min(a.archived_at) as first_at
    from comply.archives as a
    where a.purged_at is null
    group by a.table_name
  ),
  tried as (
    select
      a.table_name,
      count(*) as restores,
      max(r.restored_at) filter (where r.problem is null) as succeeded_at,
      max(r.restored_at) filter (where r.problem is not null) as failed_at
    from comply.restores as r
    join comply.archives as a on a.tenant_id = r.tenant_id and a.id = r.archive_id
    group by a.table_name
  )
  select f.*
  from archived as a
  left join tried as t on t.table_name = a.table_name
  cross join lateral comply_private.finding(
    'restores_drilled',
    case
      when t.failed_at > coalesce(t.succeeded_at, '-infinity') then 'fail'
      when t.succeeded_at > comply.now() - v_limit then 'pass'
      when a.first_at > comply.now() - v_limit then 'na'
      else 'fail'
    end,
    a.table_name,
    format('an archive of it came back within %s, and the last try did not fail', v_limit),
    jsonb_strip_nulls(jsonb_build_object(
      'archives', a.archives,
      'first_at', a.first_at,
      'restores', t.restores,
      'succeeded_at', t.succeeded_at,
      'failed_at', t.failed_at))) as f
  order by a.table_name;

  if not found then
    return next comply_private.finding(
      'restores_drilled', 'na', 'archives', format('one of each came back within %s', v_limit), '{"subjects": 0}');
  end if;
end;
$$;

comment on function comply.check_restores_drilled() is
  'Return of each table with archives whether one of them was brought back of late.';

revoke execute on function comply.check_restores_drilled() from public;
grant  execute on function comply.check_restores_drilled() to comply_auditor, comply_admin, comply_operator;
