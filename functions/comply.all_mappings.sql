-- A mapping of a tenant is valid for as long as its framework is.
create or replace view comply.all_mappings
with (security_invoker = true, security_barrier = true)
as
select
  null::text as tenant_id,
  m.framework_id,
  m.version,
  m.control_id,
  m.source,
  m.source_id,
  m.coverage,
  greatest(m.valid_from, f.valid_from) as valid_from,
  least(m.valid_until, f.valid_until) as valid_until
from comply.control_mappings as m
join comply.frameworks as f on f.framework_id = m.framework_id and f.version = m.version
union all
select
  t.tenant_id,
  t.framework_id,
  t.version,
  m.mapping ->> 'control_id',
  case when m.mapping ->> 'check' is not null then 'check' else 'label' end,
  coalesce(m.mapping ->> 'check', m.mapping ->> 'label'),
  m.mapping ->> 'coverage',
  t.valid_from,
  t.valid_until
from comply.tenant_frameworks as t
cross join lateral jsonb_array_elements(t.definition -> 'mappings') as m (mapping);

comment on view comply.all_mappings is
  'One row a control and what bears on it, a check or a label, with the time for which that is so: those of every '
  'tenant, and those of frameworks that a tenant added, which that tenant sees and whoever sees all of them.';

revoke all on comply.all_mappings
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.all_mappings to comply_app, comply_reader, comply_auditor, comply_admin;
