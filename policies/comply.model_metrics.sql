-- Who may see and change metrics. No tenant in context means no rows, never all rows. The policies are the
-- standard ones, as comply_private.policy_source() writes them: policies first, grants last.

alter table comply.model_metrics enable row level security;
alter table comply.model_metrics force row level security;

drop policy if exists model_metrics_tenant_reads on comply.model_metrics;
create policy model_metrics_tenant_reads
  on comply.model_metrics
  for select
  to comply_reader
  using (tenant_id = (select comply.current_tenant()));

drop policy if exists model_metrics_tenant_writes on comply.model_metrics;
create policy model_metrics_tenant_writes
  on comply.model_metrics
  for all
  to comply_app
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists model_metrics_tenant_floor on comply.model_metrics;
create policy model_metrics_tenant_floor
  on comply.model_metrics
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists model_metrics_admin_all on comply.model_metrics;
create policy model_metrics_admin_all
  on comply.model_metrics
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists model_metrics_owner_all on comply.model_metrics;
create policy model_metrics_owner_all
  on comply.model_metrics
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply.model_metrics
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select, delete on comply.model_metrics
  to comply_app, comply_admin;
grant select on comply.model_metrics
  to comply_reader;
grant insert (tenant_id, id, "timestamp", model_version, metric_name, metric_value, metadata)
  on comply.model_metrics
  to comply_app, comply_admin;
grant update (metric_value, metadata)
  on comply.model_metrics
  to comply_app, comply_admin;
