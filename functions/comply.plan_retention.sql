-- Counts the rows of every tenant and writes items, which callers cannot, so it has the owner's rights. Two that
-- plan at once: the second finds the items of the first. Where another run finishes a month while this one reads
-- it, what was read is not there any more, so it is undone and read again.
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
  v_items    integer;
  v_planned  uuid[];
  v_finished uuid[];
begin
  for v_try in 1 .. 10 loop
    v_finished := array(select i.id from comply.retention_items as i where i.finished_at is not null);

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
      select count(*), array_agg(i.id)
      into v_items, v_planned
      from item as i;

      if exists (
        select
        from comply.retention_items as n
        join comply.retention_items as f on f.table_name = n.table_name and f.month = n.month
        where n.id = any (v_planned)
          and f.finished_at is not null
          and f.id <> all (v_finished)
      ) then
        raise exception 'a month was finished while it was planned'
          using errcode = 'PC309',
                hint    = 'It is planned again.';
      end if;

      return v_items;
    exception
      when sqlstate 'PC309' then
        v_items := 0;
    end;
  end loop;

  -- The next call finds others less busy.
  return v_items;
end;
$$;

comment on function comply.plan_retention() is
  'Store what comply.retention_plan() says now as items and slices, where none is under way of a month; return how '
  'many. Destroys nothing. Idempotent.';

revoke execute on function comply.plan_retention() from public;
grant  execute on function comply.plan_retention() to comply_admin, comply_operator;
