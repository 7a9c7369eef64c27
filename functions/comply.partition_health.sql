-- Looks at private tables and at every partition, which callers cannot, so it has the owner's rights; it shows no
-- row of a tenant. Months that are missing before the current one are no fault: retention ends them, and a load
-- of old records makes only those that it needs.
create or replace function comply.partition_health(largest bigint default 107374182400)
returns table (name text, table_name text, status text, observed text, threshold text, next_step text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
#variable_conflict use_column
begin
  return query
  with parent as (
    select c.oid, c.relname::text as table_name
    from pg_class as c
    where c.relnamespace = 'comply'::regnamespace
      and c.relkind = 'p'
  ),
  child as (
    select
      p.oid as parent,
      p.table_name,
      i.inhrelid::regclass as partition,
      i.inhdetachpending as is_half_detached,
      comply_private.partition_range(i.inhrelid) as covers,
      pg_total_relation_size(i.inhrelid) as bytes,
      not (c.relrowsecurity and c.relforcerowsecurity)
        or exists (select from pg_policy as y where y.polrelid = c.oid)
        or exists (select from aclexplode(c.relacl) as x where x.grantee <> c.relowner)
        or exists (
          select
          from pg_trigger as t
          where t.tgrelid = p.oid
            and not t.tgisinternal
            and t.tgtype & 1 = 0
            and not exists (
              select
              from pg_trigger as u
              where u.tgrelid = c.oid
                and u.tgname = t.tgname
                and u.tgfoid = t.tgfoid
                and u.tgenabled = t.tgenabled
            )
        ) as is_open
    from parent as p
    join pg_inherits as i on i.inhparent = p.oid
    join pg_class as c on c.oid = i.inhrelid
  ),
  -- A table of a parent's columns under the name of one of its months, that is no partition of anything.
  alone as (
    select p.table_name, c.oid::regclass as partition
    from parent as p
    join pg_class as c on c.relnamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
                      and c.relkind = 'r'
                      and not c.relispartition
                      and regexp_replace(c.relname, '_\d{4}_\d{2}$', '') = p.table_name
                      and c.relname <> p.table_name
  ),
  reach as (
    select
      p.oid,
      p.table_name,
      max(lower(c.covers)) as last_month,
      coalesce(date_part('day', max(upper(c.covers)) - comply.now()), 0) as days
    from parent as p
    left join child as c on c.parent = p.oid
    group by p.oid, p.table_name
  ),
  gap as (
    select r.table_name, count(m.month) as months, min(m.month) as first_month
    from reach as r
    left join generate_series(date_trunc('month', comply.now()), r.last_month, interval '1 month') as m (month)
      on not exists (select from child as c where c.parent = r.oid and c.covers @> m.month)
    group by r.table_name
  )
  select
    'partitions_ahead',
    r.table_name,
    case when r.days < 7 then 'fail' when r.days < 31 then 'warn' else 'ok' end,
    format('%s days', r.days),
    'warn below 31 days, fail below 7',
    case when r.days < 31 then 'select comply.ensure_partitions(3);' end
  from reach as r
  union all
  select
    'partitions_gapless',
    g.table_name,
    case when g.months > 0 then 'fail' else 'ok' end,
    case when g.months > 0 then format('%s of %s missing', to_char(g.first_month, 'YYYY-MM'), g.months)
         else 'no month missing' end,
    'fail at 1 month missing from now to the last that a table has',
    case when g.months > 0 then 'select comply.ensure_partitions(120);' end
  from gap as g
  union all
  select
    'partitions_guarded',
    p.table_name,
    case when count(*) filter (where c.is_open) > 0 then 'fail' else 'ok' end,
    format('%s open of %s', count(*) filter (where c.is_open), count(c.partition)),
    'fail at 1',
    case when bool_or(c.is_open) then
      format('As comply_owner: drop its policies and grants, then select comply_private.guard_partition(%L, %L);',
             min(c.partition::text) filter (where c.is_open), p.oid::regclass)
    end
  from parent as p
  left join child as c on c.parent = p.oid
  group by p.oid, p.table_name
  union all
  select
    'partitions_sized',
    p.table_name,
    case when max(c.bytes) > partition_health.largest then 'warn' else 'ok' end,
    coalesce(format('%s, %s', pg_size_pretty(max(c.bytes)),
                    (array_agg(c.partition::text order by c.bytes desc, c.partition::text desc))[1]), 'none'),
    format('warn above %s', pg_size_pretty(partition_health.largest)),
    case when max(c.bytes) > partition_health.largest
      then 'Keep less: see comply.retention_plan(). A month this large is slow to copy, to vacuum and to restore.' end
  from parent as p
  left join child as c on c.parent = p.oid
  group by p.table_name
  union all
  select
    'partitions_attached',
    p.table_name,
    case
      when bool_or(w.is_half_detached) then 'fail'
      when count(w.partition) filter (where not w.is_due) > 0 then 'warn'
      else 'ok'
    end,
    format('%s detached, %s of them due', count(w.partition), count(w.partition) filter (where w.is_due)),
    'fail at 1 half detached, warn at 1 detached that retention knows nothing of',
    case
      when bool_or(w.is_half_detached) then
        format('alter table %s detach partition %s finalize;', p.oid::regclass,
               min(w.partition::text) filter (where w.is_half_detached))
      when count(w.partition) filter (where not w.is_due) > 0 then
        format('Attach %s again, or drop it: nothing else looks after it.',
               min(w.partition::text) filter (where not w.is_due))
    end
  from parent as p
  left join (
    select c.table_name, c.partition, c.is_half_detached, false as is_due
    from child as c
    where c.is_half_detached
    union all
    select
      a.table_name,
      a.partition,
      false,
      exists (
        select
        from comply.retention_items as r
        where r.table_name = a.table_name
          and r.state in ('verified', 'detached', 'grace')
          and r.table_name || to_char(r.month, '_YYYY_MM') = split_part(a.partition::text, '.', 2)
      )
    from alone as a
  ) as w on w.table_name = p.table_name
  group by p.oid, p.table_name
  order by 1, 2;
end;
$$;

comment on function comply.partition_health(bigint) is
  'Return one row a check and partitioned table: how far its months reach, whether one is missing, open, larger than '
  'so many bytes, or detached; ok, warn or fail, what was observed, the threshold, and what to do next.';

revoke execute on function comply.partition_health(bigint) from public;
grant  execute on function comply.partition_health(bigint) to comply_auditor, comply_admin, comply_operator;
