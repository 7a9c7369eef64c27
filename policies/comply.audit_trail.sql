-- Who may read the audit trail: a tenant its own part, auditors and administrators all of it. Nobody writes:
-- triggers do, with the owner's rights. The policies are the standard ones, as comply_private.policy_source()
-- writes them: policies first, grants last.

alter table comply.audit_trail enable row level security;
alter table comply.audit_trail force row level security;

drop policy if exists audit_trail_tenant_reads on comply.audit_trail;
create policy audit_trail_tenant_reads
  on comply.audit_trail
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists audit_trail_tenant_floor on comply.audit_trail;
create policy audit_trail_tenant_floor
  on comply.audit_trail
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists audit_trail_admin_all on comply.audit_trail;
create policy audit_trail_admin_all
  on comply.audit_trail
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists audit_trail_owner_all on comply.audit_trail;
create policy audit_trail_owner_all
  on comply.audit_trail
  for all
  to comply_owner
  using (true)
  with check (true);

drop policy if exists audit_trail_auditor_reads on comply.audit_trail;
create policy audit_trail_auditor_reads
  on comply.audit_trail
  for select
  to comply_auditor
  using (true);

revoke all on comply.audit_trail
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.audit_trail
  to comply_app, comply_reader, comply_auditor, comply_admin;
