-- How far the images of a tenant are gone. Nobody but the owner, whose functions read and write it.

alter table comply_private.redaction_progress enable row level security;
alter table comply_private.redaction_progress force row level security;

drop policy if exists redaction_progress_owner_all on comply_private.redaction_progress;
create policy redaction_progress_owner_all
  on comply_private.redaction_progress
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.redaction_progress
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
