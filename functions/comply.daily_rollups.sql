-- Nobody enters comply_private, but whoever may read what a view is over needs not to.
create or replace view comply.daily_rollups
with (security_invoker = true, security_barrier = true)
as
select
  r.tenant_id, r.day, r.detector_type, r.model_version, r.records, r.flagged, r.scored, r.confidence_sum,
  r.confidence_min, r.confidence_max
from comply_private.daily_rollups as r;

comment on view comply.daily_rollups is
  'One row a day, tenant, detector and model that has records. UTC.';

revoke all on comply.daily_rollups
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.daily_rollups
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin;
