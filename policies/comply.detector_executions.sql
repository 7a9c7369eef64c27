-- Who may see and change the calls of detectors. No tenant in context means no rows, never all rows. The
-- policies are the standard ones, as comply_private.policy_source() writes them: policies first, grants last.

alter table comply.detector_executions enable row level security;
alter table comply.detector_executions force row level security;

drop policy if exists detector_executions_tenant_reads on comply.detector_executions;
create policy detector_executions_tenant_reads
  on comply.detector_executions
  for select
  to comply_reader
  using (tenant_id = (select comply.current_tenant()));

drop policy if exists detector_executions_tenant_writes on comply.detector_executions;
create policy detector_executions_tenant_writes
  on comply.detector_executions
  for all
  to comply_app
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists detector_executions_tenant_floor on comply.detector_executions;
create policy detector_executions_tenant_floor
  on comply.detector_executions
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists detector_executions_admin_all on comply.detector_executions;
create policy detector_executions_admin_all
  on comply.detector_executions
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists detector_executions_owner_all on comply.detector_executions;
create policy detector_executions_owner_all
  on comply.detector_executions
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply.detector_executions
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select, delete on comply.detector_executions
  to comply_app, comply_admin;
grant select on comply.detector_executions
  to comply_reader;
grant insert (
  tenant_id, id, "timestamp", detector_type, model_version, latency_ms, success, error_message,
  confidence_score, correlation_id, metadata, subject_id)
  on comply.detector_executions
  to comply_app, comply_admin;
grant update (latency_ms, success, error_message, confidence_score, metadata)
  on comply.detector_executions
  to comply_app, comply_admin;
