-- Looks at every partition, which callers cannot, so it has the owner's rights. A day less than the limit is
-- enough, as the next month is made after the last one began.
create or replace function comply.check_months_ahead()
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
  v_limit interval := (comply_private.check_limit('months_ahead')).span;
begin
  return query
  with parent as (
    select
      p.partrelid as oid,
      c.relname::text as table_name,
      p.partdefid <> 0 as has_default,
      count(i.inhrelid) as months,
      max(upper(comply_private.partition_range(i.inhrelid))) as until
    from pg_partitioned_table as p
    join pg_class as c on c.oid = p.partrelid
    left join pg_inherits as i on i.inhparent = p.partrelid
    where c.relnamespace = 'comply'::regnamespace
    group by p.partrelid, c.relname, p.partdefid
  ),
  problem as (
    select h.table_name, jsonb_object_agg(h.name, h.observed) as problems
    from comply.partition_health() as h
    where h.name in ('partitions_gapless', 'partitions_attached')
      and h.status <> 'ok'
    group by h.table_name
  )
  select f.*
  from parent as p
  left join problem as h on h.table_name = p.table_name
  cross join lateral comply_private.finding(
    'months_ahead',
    case
      when p.until >= comply.now() + v_limit - interval '1 day' and h.problems is null and not p.has_default
        then 'pass'
      else 'fail'
    end,
    p.table_name,
    format('months for the next %s, none missing or detached, and no default partition', v_limit),
    jsonb_strip_nulls(jsonb_build_object(
      'months', p.months,
      'until', p.until,
      'has_default', p.has_default) || coalesce(h.problems, '{}'))) as f
  order by p.table_name;
end;
$$;

comment on function comply.check_months_ahead() is
  'Return of each table with months whether there are enough of them ahead.';

revoke execute on function comply.check_months_ahead() from public;
grant  execute on function comply.check_months_ahead() to comply_auditor, comply_admin, comply_operator;
