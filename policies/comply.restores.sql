-- Who may read what was brought back from archives: a tenant its own, auditors and administrators all of it. Nobody
-- writes: what restores does, with the owner's rights.

alter table comply.restores enable row level security;
alter table comply.restores force row level security;

drop policy if exists restores_tenant_reads on comply.restores;
create policy restores_tenant_reads
  on comply.restores
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists restores_tenant_floor on comply.restores;
create policy restores_tenant_floor
  on comply.restores
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists restores_admin_all on comply.restores;
create policy restores_admin_all
  on comply.restores
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists restores_owner_all on comply.restores;
create policy restores_owner_all
  on comply.restores
  for all
  to comply_owner
  using (true)
  with check (true);

drop policy if exists restores_auditor_reads on comply.restores;
create policy restores_auditor_reads
  on comply.restores
  for select
  to comply_auditor
  using (true);

revoke all on comply.restores
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.restores
  to comply_app, comply_reader, comply_auditor, comply_admin;
