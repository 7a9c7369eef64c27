-- Who may see, add and remove rejected lines. No tenant in context means no rows, never all rows. The
-- policies are -- standard ones, as comply_private.policy_source() writes them: policies first, grants last.
-- Nobody changes a row: it says what a load met.

alter table comply.load_rejects enable row level security;
alter table comply.load_rejects force row level security;

drop policy if exists load_rejects_tenant_reads on comply.load_rejects;
create policy load_rejects_tenant_reads
  on comply.load_rejects
  for select
  to comply_reader
  using (tenant_id = (select comply.current_tenant()));

drop policy if exists load_rejects_tenant_writes on comply.load_rejects;
create policy load_rejects_tenant_writes
  on comply.load_rejects
  for all
  to comply_app
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists load_rejects_tenant_floor on comply.load_rejects;
create policy load_rejects_tenant_floor
  on comply.load_rejects
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists load_rejects_admin_all on comply.load_rejects;
create policy load_rejects_admin_all
  on comply.load_rejects
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists load_rejects_owner_all on comply.load_rejects;
create policy load_rejects_owner_all
  on comply.load_rejects
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply.load_rejects
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select, delete on comply.load_rejects
  to comply_app, comply_admin;
grant select on comply.load_rejects
  to comply_reader;
grant insert (tenant_id, load_id, line_no, detector_type, model_version, reason, detail, line)
  on comply.load_rejects
  to comply_app, comply_admin;
