-- Who may read which reports were handed out: a tenant those on itself, auditors and administrators all of them. Nobody
-- writes: comply.record_report() does, with the owner's rights.

alter table comply.reports enable row level security;
alter table comply.reports force row level security;

drop policy if exists reports_tenant_reads on comply.reports;
create policy reports_tenant_reads
  on comply.reports
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists reports_tenant_floor on comply.reports;
create policy reports_tenant_floor
  on comply.reports
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists reports_admin_all on comply.reports;
create policy reports_admin_all
  on comply.reports
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists reports_owner_all on comply.reports;
create policy reports_owner_all
  on comply.reports
  for all
  to comply_owner
  using (true)
  with check (true);

drop policy if exists reports_auditor_reads on comply.reports;
create policy reports_auditor_reads
  on comply.reports
  for select
  to comply_auditor
  using (true);

revoke all on comply.reports
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.reports
  to comply_app, comply_reader, comply_auditor, comply_admin;
