-- Who may see what was erased, and when nobody can give it back any more: a tenant its own, auditors and
-- administrators all of it. Nobody writes: what erases does, with the owner's rights.

alter table comply.erasures enable row level security;
alter table comply.erasures force row level security;

drop policy if exists erasures_tenant_reads on comply.erasures;
create policy erasures_tenant_reads
  on comply.erasures
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists erasures_tenant_floor on comply.erasures;
create policy erasures_tenant_floor
  on comply.erasures
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists erasures_admin_all on comply.erasures;
create policy erasures_admin_all
  on comply.erasures
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists erasures_owner_all on comply.erasures;
create policy erasures_owner_all
  on comply.erasures
  for all
  to comply_owner
  using (true)
  with check (true);

drop policy if exists erasures_auditor_reads on comply.erasures;
create policy erasures_auditor_reads
  on comply.erasures
  for select
  to comply_auditor
  using (true);

revoke all on comply.erasures
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.erasures
  to comply_app, comply_reader, comply_auditor, comply_admin;
