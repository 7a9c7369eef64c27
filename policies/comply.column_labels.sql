-- What columns hold. Auditors, administrators and operators read it; a deploy and comply.classify_column() write, with
-- the owner's rights.

alter table comply.column_labels enable row level security;
alter table comply.column_labels force row level security;

drop policy if exists column_labels_staff_reads on comply.column_labels;
create policy column_labels_staff_reads
  on comply.column_labels
  for select
  to comply_auditor, comply_admin, comply_operator
  using (true);

drop policy if exists column_labels_owner_all on comply.column_labels;
create policy column_labels_owner_all
  on comply.column_labels
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply.column_labels
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.column_labels
  to comply_auditor, comply_admin, comply_operator;
