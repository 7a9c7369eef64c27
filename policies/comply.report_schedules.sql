-- Who may read which reports are due when: a tenant those on itself, auditors and administrators all of them. Nobody
-- writes: comply.set_report_schedule() does, with the owner's rights.

alter table comply.report_schedules enable row level security;
alter table comply.report_schedules force row level security;

drop policy if exists report_schedules_tenant_reads on comply.report_schedules;
create policy report_schedules_tenant_reads
  on comply.report_schedules
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists report_schedules_tenant_floor on comply.report_schedules;
create policy report_schedules_tenant_floor
  on comply.report_schedules
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists report_schedules_admin_all on comply.report_schedules;
create policy report_schedules_admin_all
  on comply.report_schedules
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists report_schedules_owner_all on comply.report_schedules;
create policy report_schedules_owner_all
  on comply.report_schedules
  for all
  to comply_owner
  using (true)
  with check (true);

drop policy if exists report_schedules_auditor_reads on comply.report_schedules;
create policy report_schedules_auditor_reads
  on comply.report_schedules
  for select
  to comply_auditor
  using (true);

revoke all on comply.report_schedules
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.report_schedules
  to comply_app, comply_reader, comply_auditor, comply_admin;
