-- Who may read what was archived, and where it is: a tenant its own, auditors and administrators all of it. Nobody
-- writes: what archives does, with the owner's rights.

alter table comply.archives enable row level security;
alter table comply.archives force row level security;

drop policy if exists archives_tenant_reads on comply.archives;
create policy archives_tenant_reads
  on comply.archives
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists archives_tenant_floor on comply.archives;
create policy archives_tenant_floor
  on comply.archives
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists archives_admin_all on comply.archives;
create policy archives_admin_all
  on comply.archives
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists archives_owner_all on comply.archives;
create policy archives_owner_all
  on comply.archives
  for all
  to comply_owner
  using (true)
  with check (true);

drop policy if exists archives_auditor_reads on comply.archives;
create policy archives_auditor_reads
  on comply.archives
  for select
  to comply_auditor
  using (true);

revoke all on comply.archives
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.archives
  to comply_app, comply_reader, comply_auditor, comply_admin;
