-- The versions of the taxonomy. No tenant's data: every role reads all of it, and a deploy alone writes.

alter table comply.taxonomy_versions enable row level security;
alter table comply.taxonomy_versions force row level security;

drop policy if exists taxonomy_versions_all_read on comply.taxonomy_versions;
create policy taxonomy_versions_all_read
  on comply.taxonomy_versions
  for select
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator
  using (true);

drop policy if exists taxonomy_versions_owner_all on comply.taxonomy_versions;
create policy taxonomy_versions_owner_all
  on comply.taxonomy_versions
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply.taxonomy_versions
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.taxonomy_versions
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
