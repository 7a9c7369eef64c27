create or replace view comply.last_seven_days
with (security_invoker = true, security_barrier = true)
as
select
  r.tenant_id,
  r.detector_type,
  r.model_version,
  sum(r.records)::bigint as records,
  sum(r.flagged)::bigint as flagged,
  round(sum(r.confidence_sum) / nullif(sum(r.scored), 0), 6) as mean_confidence,
  min(r.confidence_min) as confidence_min,
  max(r.confidence_max) as confidence_max,
  max(r.day) as last_day
from comply.daily_rollups as r
where r.day > (comply.now() at time zone 'UTC')::date - 7
group by r.tenant_id, r.detector_type, r.model_version;

comment on view comply.last_seven_days is
  'One row a tenant, detector and model: what it found in the last seven days, UTC, with today.';

revoke all on comply.last_seven_days
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.last_seven_days
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin;
