-- Who is to be erased once a hold is released. Nobody but the owner, whose functions read and write it.

alter table comply_private.deferred_subjects enable row level security;
alter table comply_private.deferred_subjects force row level security;

drop policy if exists deferred_subjects_owner_all on comply_private.deferred_subjects;
create policy deferred_subjects_owner_all
  on comply_private.deferred_subjects
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.deferred_subjects
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
