-- Nobody enters comply_private, but whoever may read what a view is over needs not to.
create or replace view comply.rollup_totals
with (security_invoker = true, security_barrier = true)
as
select
  r.kind, r.starts_at, r.detector_type, r.model_version, r.label, r.records, r.flagged, r.scored, r.confidence_sum,
  r.confidence_min, r.confidence_max
from comply_private.rollup_totals as r;

comment on view comply.rollup_totals is
  'One row an hour or day, detector and model, and one a day, detector, model and label, over all tenants. For staff: '
  'a tenant sees none.';

revoke all on comply.rollup_totals
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.rollup_totals
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin;
