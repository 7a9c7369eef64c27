-- Who may see what is held: a tenant its own, whose duty it is to preserve it as well and whose trail tells of it
-- anyway, auditors and administrators all of it. Nobody writes: functions do, with the owner's rights.

alter table comply.legal_holds enable row level security;
alter table comply.legal_holds force row level security;

drop policy if exists legal_holds_tenant_reads on comply.legal_holds;
create policy legal_holds_tenant_reads
  on comply.legal_holds
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists legal_holds_tenant_floor on comply.legal_holds;
create policy legal_holds_tenant_floor
  on comply.legal_holds
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists legal_holds_admin_all on comply.legal_holds;
create policy legal_holds_admin_all
  on comply.legal_holds
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists legal_holds_owner_all on comply.legal_holds;
create policy legal_holds_owner_all
  on comply.legal_holds
  for all
  to comply_owner
  using (true)
  with check (true);

drop policy if exists legal_holds_auditor_reads on comply.legal_holds;
create policy legal_holds_auditor_reads
  on comply.legal_holds
  for select
  to comply_auditor
  using (true);

revoke all on comply.legal_holds
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.legal_holds
  to comply_app, comply_reader, comply_auditor, comply_admin;
