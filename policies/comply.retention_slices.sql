-- Who may see what is to be destroyed: a tenant its own, auditors and administrators all of it. Nobody writes: what
-- plans and destroys does, with the owner's rights.

alter table comply.retention_slices enable row level security;
alter table comply.retention_slices force row level security;

drop policy if exists retention_slices_tenant_reads on comply.retention_slices;
create policy retention_slices_tenant_reads
  on comply.retention_slices
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists retention_slices_tenant_floor on comply.retention_slices;
create policy retention_slices_tenant_floor
  on comply.retention_slices
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists retention_slices_admin_all on comply.retention_slices;
create policy retention_slices_admin_all
  on comply.retention_slices
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists retention_slices_owner_all on comply.retention_slices;
create policy retention_slices_owner_all
  on comply.retention_slices
  for all
  to comply_owner
  using (true)
  with check (true);

drop policy if exists retention_slices_auditor_reads on comply.retention_slices;
create policy retention_slices_auditor_reads
  on comply.retention_slices
  for select
  to comply_auditor
  using (true);

revoke all on comply.retention_slices
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.retention_slices
  to comply_app, comply_reader, comply_auditor, comply_admin;
