-- Who may read requests of persons: a tenant its own, auditors and administrators all of them. Nobody writes:
-- functions do, with the owner's rights.

alter table comply.subject_requests enable row level security;
alter table comply.subject_requests force row level security;

drop policy if exists subject_requests_tenant_reads on comply.subject_requests;
create policy subject_requests_tenant_reads
  on comply.subject_requests
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists subject_requests_tenant_floor on comply.subject_requests;
create policy subject_requests_tenant_floor
  on comply.subject_requests
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists subject_requests_admin_all on comply.subject_requests;
create policy subject_requests_admin_all
  on comply.subject_requests
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists subject_requests_owner_all on comply.subject_requests;
create policy subject_requests_owner_all
  on comply.subject_requests
  for all
  to comply_owner
  using (true)
  with check (true);

drop policy if exists subject_requests_auditor_reads on comply.subject_requests;
create policy subject_requests_auditor_reads
  on comply.subject_requests
  for select
  to comply_auditor
  using (true);

revoke all on comply.subject_requests
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.subject_requests
  to comply_app, comply_reader, comply_auditor, comply_admin;
