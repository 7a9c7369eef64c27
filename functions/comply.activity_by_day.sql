-- Whoever is bound to a tenant reads its rollups, all others the totals: of the two, a plan runs one. No workers, which
-- take longer to start than there is to read.
create or replace function comply.activity_by_day(period_from date, period_until date)
returns table (day date, records bigint, flagged bigint, mean_confidence numeric)
language sql
stable
set row_security = on
set max_parallel_workers_per_gather = 0
begin atomic
  select
    r.day, sum(r.records)::bigint, sum(r.flagged)::bigint,
    round(sum(r.confidence_sum) / nullif(sum(r.scored), 0), 6)
  from (
    select r.day, r.records, r.flagged, r.scored, r.confidence_sum
    from comply.daily_tenant_rollups as r
    where r.day >= activity_by_day.period_from
      and r.day < activity_by_day.period_until
      and (pg_has_role('comply_app', 'usage') or pg_has_role('comply_reader', 'usage'))
    union all
    select (t.starts_at at time zone 'UTC')::date, t.records, t.flagged, t.scored, t.confidence_sum
    from comply.rollup_totals as t
    where t.kind = 'day'
      and t.starts_at >= activity_by_day.period_from::timestamp at time zone 'UTC'
      and t.starts_at < activity_by_day.period_until::timestamp at time zone 'UTC'
      and not (pg_has_role('comply_app', 'usage') or pg_has_role('comply_reader', 'usage'))
  ) as r
  group by r.day
  order by r.day;
end;

comment on function comply.activity_by_day(date, date) is
  'Return one row a day, UTC, that has records, from one day until another: of the tenant in context, or, for staff, '
  'of all.';

revoke execute on function comply.activity_by_day(date, date) from public;
grant  execute on function comply.activity_by_day(date, date)
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin;
