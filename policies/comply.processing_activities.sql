-- Who may read the record of processing: a tenant what is its own, auditors and administrators all of it. Nobody
-- writes: comply.set_processing_activity() does, with the owner's rights.

alter table comply.processing_activities enable row level security;
alter table comply.processing_activities force row level security;

drop policy if exists processing_activities_tenant_reads on comply.processing_activities;
create policy processing_activities_tenant_reads
  on comply.processing_activities
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists processing_activities_tenant_floor on comply.processing_activities;
create policy processing_activities_tenant_floor
  on comply.processing_activities
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists processing_activities_admin_all on comply.processing_activities;
create policy processing_activities_admin_all
  on comply.processing_activities
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists processing_activities_owner_all on comply.processing_activities;
create policy processing_activities_owner_all
  on comply.processing_activities
  for all
  to comply_owner
  using (true)
  with check (true);

drop policy if exists processing_activities_auditor_reads on comply.processing_activities;
create policy processing_activities_auditor_reads
  on comply.processing_activities
  for select
  to comply_auditor
  using (true);

revoke all on comply.processing_activities
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.processing_activities
  to comply_app, comply_reader, comply_auditor, comply_admin;
