-- Whoever is bound to a tenant reads its rollups, all others the totals: of the two, a plan runs one. No workers, which
-- take longer to start than there is to read.
create or replace function comply.activity_by_hour(period_from timestamptz, period_until timestamptz)
returns table (hour timestamptz, records bigint, flagged bigint, mean_confidence numeric)
language sql
stable
set row_security = on
set max_parallel_workers_per_gather = 0
begin atomic
  select
    r.hour, sum(r.records)::bigint, sum(r.flagged)::bigint,
    round(sum(r.confidence_sum) / nullif(sum(r.scored), 0), 6)
  from (
    select r.hour, r.records, r.flagged, r.scored, r.confidence_sum
    from comply.hourly_rollups as r
    where r.hour >= activity_by_hour.period_from
      and r.hour < activity_by_hour.period_until
      and (pg_has_role('comply_app', 'usage') or pg_has_role('comply_reader', 'usage'))
    union all
    select t.starts_at, t.records, t.flagged, t.scored, t.confidence_sum
    from comply.rollup_totals as t
    where t.kind = 'hour'
      and t.starts_at >= activity_by_hour.period_from
      and t.starts_at < activity_by_hour.period_until
      and not (pg_has_role('comply_app', 'usage') or pg_has_role('comply_reader', 'usage'))
  ) as r
  group by r.hour
  order by r.hour;
end;

comment on function comply.activity_by_hour(timestamptz, timestamptz) is
  'Return one row an hour that has records, from one time until another: of the tenant in context, or, for staff, of '
  'all.';

revoke execute on function comply.activity_by_hour(timestamptz, timestamptz) from public;
grant  execute on function comply.activity_by_hour(timestamptz, timestamptz)
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin;
