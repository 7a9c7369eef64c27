-- Who may read what was destroyed: a tenant its own, auditors and administrators all of it. Nobody writes: what
-- destroys does, with the owner's rights.

alter table comply.destruction_certificates enable row level security;
alter table comply.destruction_certificates force row level security;

drop policy if exists destruction_certificates_tenant_reads on comply.destruction_certificates;
create policy destruction_certificates_tenant_reads
  on comply.destruction_certificates
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists destruction_certificates_tenant_floor on comply.destruction_certificates;
create policy destruction_certificates_tenant_floor
  on comply.destruction_certificates
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists destruction_certificates_admin_all on comply.destruction_certificates;
create policy destruction_certificates_admin_all
  on comply.destruction_certificates
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists destruction_certificates_owner_all on comply.destruction_certificates;
create policy destruction_certificates_owner_all
  on comply.destruction_certificates
  for all
  to comply_owner
  using (true)
  with check (true);

drop policy if exists destruction_certificates_auditor_reads on comply.destruction_certificates;
create policy destruction_certificates_auditor_reads
  on comply.destruction_certificates
  for select
  to comply_auditor
  using (true);

revoke all on comply.destruction_certificates
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.destruction_certificates
  to comply_app, comply_reader, comply_auditor, comply_admin;
