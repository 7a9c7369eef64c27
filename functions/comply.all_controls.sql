-- Those of tenants are taken out of their definitions here, so that both look the same.
create or replace view comply.all_controls
with (security_invoker = true, security_barrier = true)
as
select
  null::text as tenant_id,
  f.framework_id,
  f.version,
  f.title as framework_title,
  c.control_id,
  c.title,
  f.valid_from,
  f.valid_until
from comply.frameworks as f
join comply.controls as c on c.framework_id = f.framework_id and c.version = f.version
union all
select
  t.tenant_id,
  t.framework_id,
  t.version,
  t.title,
  c.control ->> 'control_id',
  c.control ->> 'title',
  t.valid_from,
  t.valid_until
from comply.tenant_frameworks as t
cross join lateral jsonb_array_elements(t.definition -> 'controls') as c (control);

comment on view comply.all_controls is
  'One row a control: those that every tenant is judged by, and those of frameworks that a tenant added, which that '
  'tenant sees and whoever sees all of them.';

revoke all on comply.all_controls
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.all_controls to comply_app, comply_reader, comply_auditor, comply_admin;
