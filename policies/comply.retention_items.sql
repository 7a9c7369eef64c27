-- The items of retention, which have no row of a tenant. Auditors, administrators and operators read them; nobody
-- writes but what plans and destroys, with the owner's rights.

alter table comply.retention_items enable row level security;
alter table comply.retention_items force row level security;

drop policy if exists retention_items_staff_reads on comply.retention_items;
create policy retention_items_staff_reads
  on comply.retention_items
  for select
  to comply_auditor, comply_admin, comply_operator
  using (true);

drop policy if exists retention_items_owner_all on comply.retention_items;
create policy retention_items_owner_all
  on comply.retention_items
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply.retention_items
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.retention_items
  to comply_auditor, comply_admin, comply_operator;
