-- What bears on which control. No tenant's data: every role reads all of it; nobody writes but a deploy and
-- comply.define_framework(), with the owner's rights.

alter table comply.control_mappings enable row level security;
alter table comply.control_mappings force row level security;

drop policy if exists control_mappings_all_read on comply.control_mappings;
create policy control_mappings_all_read
  on comply.control_mappings
  for select
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator
  using (true);

drop policy if exists control_mappings_owner_all on comply.control_mappings;
create policy control_mappings_owner_all
  on comply.control_mappings
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply.control_mappings
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.control_mappings
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
