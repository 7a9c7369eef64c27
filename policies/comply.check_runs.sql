-- Who may read which checks ran: a tenant those in its context, auditors and administrators all of them. Nobody writes:
-- comply.run_checks() does, with the owner's rights.

alter table comply.check_runs enable row level security;
alter table comply.check_runs force row level security;

drop policy if exists check_runs_tenant_reads on comply.check_runs;
create policy check_runs_tenant_reads
  on comply.check_runs
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists check_runs_tenant_floor on comply.check_runs;
create policy check_runs_tenant_floor
  on comply.check_runs
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists check_runs_admin_all on comply.check_runs;
create policy check_runs_admin_all
  on comply.check_runs
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists check_runs_owner_all on comply.check_runs;
create policy check_runs_owner_all
  on comply.check_runs
  for all
  to comply_owner
  using (true)
  with check (true);

drop policy if exists check_runs_auditor_reads on comply.check_runs;
create policy check_runs_auditor_reads
  on comply.check_runs
  for select
  to comply_auditor
  using (true);

revoke all on comply.check_runs
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.check_runs
  to comply_app, comply_reader, comply_auditor, comply_admin;
