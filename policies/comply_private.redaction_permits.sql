-- What lets images be removed from the trail. Nobody but the owner, whose functions write and remove it.

alter table comply_private.redaction_permits enable row level security;
alter table comply_private.redaction_permits force row level security;

drop policy if exists redaction_permits_owner_all on comply_private.redaction_permits;
create policy redaction_permits_owner_all
  on comply_private.redaction_permits
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.redaction_permits
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
