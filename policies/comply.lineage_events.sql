-- Who may read where rows come from: a tenant its own, auditors and administrators all of it. Nobody writes:
-- comply.record_lineage() does, with the owner's rights.

alter table comply.lineage_events enable row level security;
alter table comply.lineage_events force row level security;

drop policy if exists lineage_events_tenant_reads on comply.lineage_events;
create policy lineage_events_tenant_reads
  on comply.lineage_events
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists lineage_events_tenant_floor on comply.lineage_events;
create policy lineage_events_tenant_floor
  on comply.lineage_events
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists lineage_events_admin_all on comply.lineage_events;
create policy lineage_events_admin_all
  on comply.lineage_events
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists lineage_events_owner_all on comply.lineage_events;
create policy lineage_events_owner_all
  on comply.lineage_events
  for all
  to comply_owner
  using (true)
  with check (true);

drop policy if exists lineage_events_auditor_reads on comply.lineage_events;
create policy lineage_events_auditor_reads
  on comply.lineage_events
  for select
  to comply_auditor
  using (true);

revoke all on comply.lineage_events
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.lineage_events
  to comply_app, comply_reader, comply_auditor, comply_admin;
