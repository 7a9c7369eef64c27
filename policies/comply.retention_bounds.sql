-- What regulations ask of every rule. Auditors, administrators and operators read it; nobody writes but
-- comply.set_retention_bound(), with the owner's rights.

alter table comply.retention_bounds enable row level security;
alter table comply.retention_bounds force row level security;

drop policy if exists retention_bounds_staff_reads on comply.retention_bounds;
create policy retention_bounds_staff_reads
  on comply.retention_bounds
  for select
  to comply_auditor, comply_admin, comply_operator
  using (true);

drop policy if exists retention_bounds_owner_all on comply.retention_bounds;
create policy retention_bounds_owner_all
  on comply.retention_bounds
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply.retention_bounds
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.retention_bounds
  to comply_auditor, comply_admin, comply_operator;
