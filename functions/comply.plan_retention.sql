-- Counts the rows of every tenant and writes items, which callers cannot, so it has the owner's rights. Two that
-- plan at once: the second finds the items of the first.
create or replace function comply.plan_retention()
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
declare
  v_items integer;
begin
  with plan as materialized (
    select j.*
    from comply_private.judged_months(comply.now(), is_new => true) as j
  ),
  item as (
    insert into comply.retention_items (
      table_name, month, verdict, fingerprint, rows_expired, rows_kept, needs_approval)
    select
      p.table_name,
      p.month,
      min(p.verdict) filter (where p.verdict <> 'KEEP'),
      comply_private.retention_fingerprint(
        p.table_name, p.month,
        coalesce(array_agg(p.tenant) filter (where p.verdict <> 'KEEP' and p.tenant is not null), '{}')),
      coalesce(sum(p.row_count) filter (where p.verdict <> 'KEEP'), 0),
      coalesce(sum(p.row_count) filter (where p.verdict = 'KEEP'), 0),
      coalesce(bool_or(p.needs_approval) filter (where p.verdict <> 'KEEP'), false)
    from plan as p
    group by p.table_name, p.month
    having bool_or(p.verdict <> 'KEEP')
    on conflict do nothing
    returning id, table_name, month
  ),
  slice as (
    insert into comply.retention_slices (
      tenant_id, item_id, covers_from, covers_until, row_count, rows_kept, action, rule, basis)
    select
      p.tenant, i.id, p.covers_from, p.covers_until, p.row_count,
      coalesce((
        select sum(k.row_count)
        from plan as k
        where k.table_name = p.table_name
          and k.month = p.month
          and k.tenant = p.tenant
          and k.verdict = 'KEEP'
      ), 0),
      p.action, p.rule, p.basis
    from item as i
    join plan as p on p.table_name = i.table_name and p.month = i.month
    where p.verdict <> 'KEEP'
      and p.tenant is not null
  )
  select count(*)
  into v_items
  from item as i;

  return v_items;
end;
$$;

comment on function comply.plan_retention() is
  'Store what comply.retention_plan() says now as items and slices, where none is under way of a month; return how '
  'many. Destroys nothing. Idempotent.';

revoke execute on function comply.plan_retention() from public;
grant  execute on function comply.plan_retention() to comply_admin, comply_operator;
