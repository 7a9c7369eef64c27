-- Which columns name a subject. Nobody but the owner, whose functions read and write it.

alter table comply_private.subject_columns enable row level security;
alter table comply_private.subject_columns force row level security;

drop policy if exists subject_columns_owner_all on comply_private.subject_columns;
create policy subject_columns_owner_all
  on comply_private.subject_columns
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.subject_columns
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
