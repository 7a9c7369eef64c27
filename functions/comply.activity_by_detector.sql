-- Whoever is bound to a tenant reads its rollups, all others the totals: of the two, a plan runs one. No workers, which
-- take longer to start than there is to read.
create or replace function comply.activity_by_detector(period_from date, period_until date)
returns table (
  detector_type   text,
  model_version   text,
  records         bigint,
  flagged         bigint,
  mean_confidence numeric,
  confidence_min  double precision,
  confidence_max  double precision
)
language sql
stable
set row_security = on
set max_parallel_workers_per_gather = 0
begin atomic
  select
    r.detector_type, r.model_version, sum(r.records)::bigint, sum(r.flagged)::bigint,
    round(sum(r.confidence_sum) / nullif(sum(r.scored), 0), 6), min(r.confidence_min), max(r.confidence_max)
  from (
    select
      r.detector_type, r.model_version, r.records, r.flagged, r.scored, r.confidence_sum,
      r.confidence_min, r.confidence_max
    from comply.daily_rollups as r
    where r.day >= activity_by_detector.period_from
      and r.day < activity_by_detector.period_until
      and (pg_has_role('comply_app', 'usage') or pg_has_role('comply_reader', 'usage'))
    union all
    select
      t.detector_type, t.model_version, t.records, t.flagged, t.scored, t.confidence_sum,
      t.confidence_min, t.confidence_max
    from comply.rollup_totals as t
    where t.kind = 'day'
      and t.starts_at >= activity_by_detector.period_from::timestamp at time zone 'UTC'
      and t.starts_at < activity_by_detector.period_until::timestamp at time zone 'UTC'
      and not (pg_has_role('comply_app', 'usage') or pg_has_role('comply_reader', 'usage'))
  ) as r
  group by r.detector_type, r.model_version
  order by sum(r.records) desc, r.detector_type, r.model_version;
end;

comment on function comply.activity_by_detector(date, date) is
  'Return one row a detector and model that has records, the busiest first: of the tenant in context, or, for staff, '
  'of all.';

revoke execute on function comply.activity_by_detector(date, date) from public;
grant  execute on function comply.activity_by_detector(date, date)
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin;
