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
          -- By the calendar, from every month of a leap year's round.
          coalesce((
            select bool_or(m.until + r.keep < m.until + v_limit.span)
            from generate_series(
              timestamptz '2024-01-01 00:00+00', timestamptz '2027-12-01 00:00+00', interval '1 month') as m (until)
          ), false) as is_short,
          (
            select sum(d.rows_destroyed)
            from comply.destruction_certificates as d
            where d.tenant_id = c.tenant_id
              and d.table_name = t.table_name
              and d.verdict is distinct from 'ERASURE'
              and d.covers_until + v_limit.span > d.destroyed_at
          ) as destroyed
        from unnest(kept_long_enough.tables) as t (table_name)
        cross join comply.tenant_configs as c
        left join lateral comply_private.retention_rule(c.tenant_id, t.table_name) as r on true
        where r.is_at_once is not true
      ) as k
    )) as f;
end;
$$;

comment on function comply_private.kept_long_enough(text, text[]) is
  'Return of each table and tenant whether its rule, and what was destroyed, keeps it as long as the limit of a check.';

revoke execute on function comply_private.kept_long_enough(text, text[]) from public;
