-- Who may see the rules: a tenant its own, auditors and administrators all of them. Nobody writes: functions do, with
-- the owner's rights.

alter table comply.retention_policies enable row level security;
alter table comply.retention_policies force row level security;

drop policy if exists retention_policies_tenant_reads on comply.retention_policies;
create policy retention_policies_tenant_reads
  on comply.retention_policies
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists retention_policies_tenant_floor on comply.retention_policies;
create policy retention_policies_tenant_floor
  on comply.retention_policies
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists retention_policies_admin_all on comply.retention_policies;
create policy retention_policies_admin_all
  on comply.retention_policies
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists retention_policies_owner_all on comply.retention_policies;
create policy retention_policies_owner_all
  on comply.retention_policies
  for all
  to comply_owner
  using (true)
  with check (true);

drop policy if exists retention_policies_auditor_reads on comply.retention_policies;
create policy retention_policies_auditor_reads
  on comply.retention_policies
  for select
  to comply_auditor
  using (true);

revoke all on comply.retention_policies
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.retention_policies
  to comply_app, comply_reader, comply_auditor, comply_admin;
