-- Nobody enters comply_private, but whoever may read what a view is over needs not to.
create or replace view comply.daily_label_rollups
with (security_invoker = true, security_barrier = true)
as
select
  r.tenant_id, r.day, r.detector_type, r.model_version, r.label, r.records, r.scored, r.confidence_sum,
  r.confidence_min, r.confidence_max
from comply_private.daily_label_rollups as r;

comment on view comply.daily_label_rollups is
  'One row a day, tenant, detector, model and label that has records. A record with two labels '
  'counts in two rows.';

revoke all on comply.daily_label_rollups
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.daily_label_rollups
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin;
