-- Who may read what was accepted: a tenant what concerns it, auditors and administrators all of it. Nobody writes:
-- comply.accept_finding() and comply.withdraw_exception() do, with the owner's rights.

alter table comply.finding_exceptions enable row level security;
alter table comply.finding_exceptions force row level security;

drop policy if exists finding_exceptions_tenant_reads on comply.finding_exceptions;
create policy finding_exceptions_tenant_reads
  on comply.finding_exceptions
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists finding_exceptions_tenant_floor on comply.finding_exceptions;
create policy finding_exceptions_tenant_floor
  on comply.finding_exceptions
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists finding_exceptions_admin_all on comply.finding_exceptions;
create policy finding_exceptions_admin_all
  on comply.finding_exceptions
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists finding_exceptions_owner_all on comply.finding_exceptions;
create policy finding_exceptions_owner_all
  on comply.finding_exceptions
  for all
  to comply_owner
  using (true)
  with check (true);

drop policy if exists finding_exceptions_auditor_reads on comply.finding_exceptions;
create policy finding_exceptions_auditor_reads
  on comply.finding_exceptions
  for select
  to comply_auditor
  using (true);

revoke all on comply.finding_exceptions
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.finding_exceptions
  to comply_app, comply_reader, comply_auditor, comply_admin;
