-- Extensions that may be there. Auditors, administrators and operators read it; nobody writes but
-- comply.allow_extension(), with the owner's rights.

alter table comply.allowed_extensions enable row level security;
alter table comply.allowed_extensions force row level security;

drop policy if exists allowed_extensions_staff_reads on comply.allowed_extensions;
create policy allowed_extensions_staff_reads
  on comply.allowed_extensions
  for select
  to comply_auditor, comply_admin, comply_operator
  using (true);

drop policy if exists allowed_extensions_owner_all on comply.allowed_extensions;
create policy allowed_extensions_owner_all
  on comply.allowed_extensions
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply.allowed_extensions
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.allowed_extensions
  to comply_auditor, comply_admin, comply_operator;
