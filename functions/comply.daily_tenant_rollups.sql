-- Nobody enters comply_private, but whoever may read what a view is over needs not to.
create or replace view comply.daily_tenant_rollups
with (security_invoker = true, security_barrier = true)
as
select
  r.tenant_id, r.day, r.records, r.flagged, r.scored, r.confidence_sum
from comply_private.daily_tenant_rollups as r;

comment on view comply.daily_tenant_rollups is 'One row a day and tenant that has records. UTC.';

revoke all on comply.daily_tenant_rollups
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.daily_tenant_rollups
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin;
