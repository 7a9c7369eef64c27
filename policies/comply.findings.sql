-- Who may read what was found: a tenant what concerns it, auditors and administrators all of it. Nobody writes:
-- comply.run_checks() does, with the owner's rights.

alter table comply.findings enable row level security;
alter table comply.findings force row level security;

drop policy if exists findings_tenant_reads on comply.findings;
create policy findings_tenant_reads
  on comply.findings
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists findings_tenant_floor on comply.findings;
create policy findings_tenant_floor
  on comply.findings
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists findings_admin_all on comply.findings;
create policy findings_admin_all
  on comply.findings
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists findings_owner_all on comply.findings;
create policy findings_owner_all
  on comply.findings
  for all
  to comply_owner
  using (true)
  with check (true);

drop policy if exists findings_auditor_reads on comply.findings;
create policy findings_auditor_reads
  on comply.findings
  for select
  to comply_auditor
  using (true);

revoke all on comply.findings
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.findings
  to comply_app, comply_reader, comply_auditor, comply_admin;
