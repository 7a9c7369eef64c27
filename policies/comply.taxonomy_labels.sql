-- The labels of the taxonomy. No tenant's data: every role reads all of it, and a deploy alone writes.

alter table comply.taxonomy_labels enable row level security;
alter table comply.taxonomy_labels force row level security;

drop policy if exists taxonomy_labels_all_read on comply.taxonomy_labels;
create policy taxonomy_labels_all_read
  on comply.taxonomy_labels
  for select
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator
  using (true);

drop policy if exists taxonomy_labels_owner_all on comply.taxonomy_labels;
create policy taxonomy_labels_owner_all
  on comply.taxonomy_labels
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply.taxonomy_labels
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.taxonomy_labels
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
