-- Who may read the frameworks that tenants added: a tenant its own, auditors and administrators all of them. Nobody
-- writes: comply.define_framework() does, with the owner's rights.

alter table comply.tenant_frameworks enable row level security;
alter table comply.tenant_frameworks force row level security;

drop policy if exists tenant_frameworks_tenant_reads on comply.tenant_frameworks;
create policy tenant_frameworks_tenant_reads
  on comply.tenant_frameworks
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists tenant_frameworks_tenant_floor on comply.tenant_frameworks;
create policy tenant_frameworks_tenant_floor
  on comply.tenant_frameworks
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists tenant_frameworks_admin_all on comply.tenant_frameworks;
create policy tenant_frameworks_admin_all
  on comply.tenant_frameworks
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists tenant_frameworks_owner_all on comply.tenant_frameworks;
create policy tenant_frameworks_owner_all
  on comply.tenant_frameworks
  for all
  to comply_owner
  using (true)
  with check (true);

drop policy if exists tenant_frameworks_auditor_reads on comply.tenant_frameworks;
create policy tenant_frameworks_auditor_reads
  on comply.tenant_frameworks
  for select
  to comply_auditor
  using (true);

revoke all on comply.tenant_frameworks
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.tenant_frameworks
  to comply_app, comply_reader, comply_auditor, comply_admin;
