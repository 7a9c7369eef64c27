-- Who may see and change records. No tenant in context means no rows, never all rows. The policies are the
-- standard ones, as comply_private.policy_source() writes them: policies first, grants last.
-- Nobody chooses created_at or updated_at, and what names a record never changes.

alter table comply.storage_records enable row level security;
alter table comply.storage_records force row level security;

drop policy if exists storage_records_tenant_reads on comply.storage_records;
create policy storage_records_tenant_reads
  on comply.storage_records
  for select
  to comply_reader
  using (tenant_id = (select comply.current_tenant()));

drop policy if exists storage_records_tenant_writes on comply.storage_records;
create policy storage_records_tenant_writes
  on comply.storage_records
  for all
  to comply_app
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists storage_records_tenant_floor on comply.storage_records;
create policy storage_records_tenant_floor
  on comply.storage_records
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists storage_records_admin_all on comply.storage_records;
create policy storage_records_admin_all
  on comply.storage_records
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists storage_records_owner_all on comply.storage_records;
create policy storage_records_owner_all
  on comply.storage_records
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply.storage_records
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select, delete on comply.storage_records
  to comply_app, comply_admin;
grant select on comply.storage_records
  to comply_reader;
grant insert (
  tenant_id, id, "timestamp", source_data_hash, detector_type, model_version, mapped_data, taxonomy_version,
  confidence_score, metadata, blob_path, encrypted, correlation_id, azure_region, backup_status,
  subject_id, confidential)
  on comply.storage_records
  to comply_app, comply_admin;
grant update (
  mapped_data, taxonomy_version, confidence_score, metadata, blob_path, encrypted, azure_region, backup_status,
  confidential)
  on comply.storage_records
  to comply_app, comply_admin;
