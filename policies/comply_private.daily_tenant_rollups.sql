-- Who may read what is counted by the day and tenant: a tenant its own, staff all of it. Counts, and no record, so
-- reads are not logged, and analysts have them. Nobody writes. Readers come by the view of the same name in
-- schema comply, as nobody enters this one.

alter table comply_private.daily_tenant_rollups enable row level security;
alter table comply_private.daily_tenant_rollups force row level security;

drop policy if exists daily_tenant_rollups_tenant_reads on comply_private.daily_tenant_rollups;
create policy daily_tenant_rollups_tenant_reads
  on comply_private.daily_tenant_rollups
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists daily_tenant_rollups_tenant_floor on comply_private.daily_tenant_rollups;
create policy daily_tenant_rollups_tenant_floor
  on comply_private.daily_tenant_rollups
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists daily_tenant_rollups_staff_reads on comply_private.daily_tenant_rollups;
create policy daily_tenant_rollups_staff_reads
  on comply_private.daily_tenant_rollups
  for select
  to comply_analyst, comply_auditor, comply_admin
  using (true);

drop policy if exists daily_tenant_rollups_owner_all on comply_private.daily_tenant_rollups;
create policy daily_tenant_rollups_owner_all
  on comply_private.daily_tenant_rollups
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.daily_tenant_rollups
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply_private.daily_tenant_rollups
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin;
