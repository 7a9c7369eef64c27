-- What was done to keys and profile. Nobody but the owner, whose functions read and write it.

alter table comply_private.admin_events enable row level security;
alter table comply_private.admin_events force row level security;

drop policy if exists admin_events_owner_all on comply_private.admin_events;
create policy admin_events_owner_all
  on comply_private.admin_events
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.admin_events
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
