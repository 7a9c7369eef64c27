-- For checks, which pin time zone and interval style. What no rule names is kept for ever; a tenant that was erased has
-- nothing to keep.
create or replace function comply_private.kept_long_enough(check_id text, tables text[])
returns setof comply.finding
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $$
declare
  v_limit comply.check_limits := comply_private.check_limit(kept_long_enough.check_id);
begin
  return query
  with rule as materialized (
    select t.table_name, r.*
    from unnest(kept_long_enough.tables) as t (table_name)
    cross join lateral comply_private.tenant_rules(
      array(select c.tenant_id from comply.tenant_configs as c), t.table_name, comply.now()) as r
  ),
  -- By the calendar, from every month of a leap year's round; once for all who keep for as long. By its text, as
  -- PostgreSQL has a month as equal to 30 days.
  span as materialized (
    select k.keep::text, bool_or(m.until + k.keep < m.until + v_limit.span) as is_short
    from (
      select distinct on (r.keep::text) r.keep
      from rule as r
    ) as k
    cross join generate_series(
      timestamptz '2024-01-01 00:00+00', timestamptz '2027-12-01 00:00+00', interval '1 month') as m (until)
    group by k.keep::text
  )
  select f.*
  from comply_private.findings_of(
    kept_long_enough.check_id,
    format('kept for %s at least, and nothing destroyed before: %s', v_limit.span, v_limit.basis),
    'tables',
    array(
      select (
        k.table_name,
        not k.is_short and k.destroyed is null,
        jsonb_strip_nulls(jsonb_build_object('keep', k.keep, 'rule', k.rule, 'destroyed_early', k.destroyed)),
        -- What is as it should be is one finding for all tenants.
        case when k.is_short or k.destroyed is not null then k.tenant_id end
      )::comply_private.judged
      from (
        select
          t.table_name,
          c.tenant_id,
          r.keep,
          r.rule,
          coalesce(s.is_short, false) as is_short,
          d.destroyed
        from unnest(kept_long_enough.tables) as t (table_name)
        cross join comply.tenant_configs as c
        left join rule as r on r.table_name = t.table_name and r.name = c.tenant_id
        left join span as s on s.keep = r.keep::text
        left join (
          select e.tenant_id, e.table_name, sum(e.rows_destroyed) as destroyed
          from comply.destruction_certificates as e
          where e.table_name = any (kept_long_enough.tables)
            and e.verdict is distinct from 'ERASURE'
            and e.covers_until + v_limit.span > e.destroyed_at
          group by e.tenant_id, e.table_name
        ) as d on d.tenant_id = c.tenant_id and d.table_name = t.table_name
        where r.is_at_once is not true
      ) as k
    )) as f;
end;
$$;

comment on function comply_private.kept_long_enough(text, text[]) is
  'Return of each table and tenant whether its rule, and what was destroyed, keeps it as long as the limit of a check.';

revoke execute on function comply_private.kept_long_enough(text, text[]) from public;
