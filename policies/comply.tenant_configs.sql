-- Who may see and change tenants. A tenant sees its own row and changes nothing in it: comply_admin does. The
-- policies are the standard ones, as comply_private.policy_source() writes them: policies first, grants last.

alter table comply.tenant_configs enable row level security;
alter table comply.tenant_configs force row level security;

drop policy if exists tenant_configs_tenant_reads on comply.tenant_configs;
create policy tenant_configs_tenant_reads
  on comply.tenant_configs
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists tenant_configs_tenant_floor on comply.tenant_configs;
create policy tenant_configs_tenant_floor
  on comply.tenant_configs
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists tenant_configs_admin_all on comply.tenant_configs;
create policy tenant_configs_admin_all
  on comply.tenant_configs
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists tenant_configs_owner_all on comply.tenant_configs;
create policy tenant_configs_owner_all
  on comply.tenant_configs
  for all
  to comply_owner
  using (true)
  with check (true);

drop policy if exists tenant_configs_auditor_reads on comply.tenant_configs;
create policy tenant_configs_auditor_reads
  on comply.tenant_configs
  for select
  to comply_auditor
  using (true);

revoke all on comply.tenant_configs
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.tenant_configs
  to comply_app, comply_reader, comply_auditor;
grant select, delete on comply.tenant_configs
  to comply_admin;
grant insert (
  tenant_id, display_name, confidence_threshold, detectors_allowed, detectors_denied, storage_retention_days,
  encryption_required, audit_level, taxonomy_overrides)
  on comply.tenant_configs
  to comply_admin;
grant update (
  display_name, confidence_threshold, detectors_allowed, detectors_denied, storage_retention_days,
  encryption_required, audit_level, taxonomy_overrides)
  on comply.tenant_configs
  to comply_admin;
