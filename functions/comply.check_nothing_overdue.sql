-- Counts the rows of every tenant, which callers cannot, so it has the owner's rights; it shows none of them.
-- Costs what comply.retention_plan() does: it counts months that are expired, and no others.
create or replace function comply.check_nothing_overdue()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set jit = off
as $$
declare
  v_limit interval := (comply_private.check_limit('nothing_overdue')).span;
begin
  return query
  select f.*
  from comply_private.findings_of(
    'nothing_overdue',
    format('no row was due for more than %s, but for those under a hold', v_limit),
    'tables',
    array(
      select (
        t.table_name,
        o.records is null,
        jsonb_strip_nulls(jsonb_build_object('months', o.months, 'oldest', o.oldest, 'rows', o.records)),
        o.tenant
      )::comply_private.judged
      from comply_private.retained_tables() as t
      left join (
        select
          p.table_name,
          p.tenant,
          count(distinct p.month) as months,
          min(p.month) as oldest,
          sum(p.row_count) as records
        from comply.retention_plan(comply.now() - v_limit) as p
        where p.verdict <> 'KEEP'
          and p.row_count > 0
          and p.reason not like 'the tenant is erased%'
        group by p.table_name, p.tenant
      ) as o on o.table_name = t.table_name
      where exists (select from comply.tenant_configs)
    )) as f;
end;
$$;

comment on function comply.check_nothing_overdue() is
  'Return each table and tenant with rows that should have been destroyed by now, and how many tables have '
  'none.';

revoke execute on function comply.check_nothing_overdue() from public;
grant  execute on function comply.check_nothing_overdue() to comply_auditor, comply_admin, comply_operator;
