-- Who may read who read: a tenant its own part, auditors and administrators all of it. Nobody writes:
-- functions do, with the owner's rights. The policies are the standard ones, as
-- comply_private.policy_source() writes them: policies first, grants last.

alter table comply.access_log enable row level security;
alter table comply.access_log force row level security;

drop policy if exists access_log_tenant_reads on comply.access_log;
create policy access_log_tenant_reads
  on comply.access_log
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists access_log_tenant_floor on comply.access_log;
create policy access_log_tenant_floor
  on comply.access_log
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists access_log_admin_all on comply.access_log;
create policy access_log_admin_all
  on comply.access_log
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists access_log_owner_all on comply.access_log;
create policy access_log_owner_all
  on comply.access_log
  for all
  to comply_owner
  using (true)
  with check (true);

drop policy if exists access_log_auditor_reads on comply.access_log;
create policy access_log_auditor_reads
  on comply.access_log
  for select
  to comply_auditor
  using (true);

revoke all on comply.access_log
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.access_log
  to comply_app, comply_reader, comply_auditor, comply_admin;
