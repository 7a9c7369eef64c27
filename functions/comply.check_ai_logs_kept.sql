-- Reads rules and certificates of every tenant, which some callers may not, so it has the owner's rights. Apart
-- from trail_kept, as it bears on other controls. A tenant that was erased has nothing to keep.
create or replace function comply.check_ai_logs_kept()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set intervalstyle = postgres
set jit = off
as $$
declare
  v_limit comply.check_limits := comply_private.check_limit('ai_logs_kept');
begin
  return query
  select f.*
  from comply_private.findings_of(
    'ai_logs_kept',
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
        from unnest(array['detector_executions']) as t (table_name)
        cross join comply.tenant_configs as c
        left join lateral comply_private.retention_rule(c.tenant_id, t.table_name) as r on true
        where r.is_at_once is not true
      ) as k
    )) as f;
end;
$$;

comment on function comply.check_ai_logs_kept() is
  'Return of each tenant whether its rule, and what was destroyed, keeps the logs of detector calls long '
  'enough.';

revoke execute on function comply.check_ai_logs_kept() from public;
grant  execute on function comply.check_ai_logs_kept() to comply_auditor, comply_admin, comply_operator;
