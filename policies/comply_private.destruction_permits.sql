-- Who may destroy without leaving images. Nobody but the owner, or it would be a way around the trail.

alter table comply_private.destruction_permits enable row level security;
alter table comply_private.destruction_permits force row level security;

drop policy if exists destruction_permits_owner_all on comply_private.destruction_permits;
create policy destruction_permits_owner_all
  on comply_private.destruction_permits
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.destruction_permits
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
