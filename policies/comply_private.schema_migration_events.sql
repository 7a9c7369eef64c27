-- What was ever deployed. Nobody but the owner, whose functions read and write it.

alter table comply_private.schema_migration_events enable row level security;
alter table comply_private.schema_migration_events force row level security;

drop policy if exists schema_migration_events_owner_all on comply_private.schema_migration_events;
create policy schema_migration_events_owner_all
  on comply_private.schema_migration_events
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.schema_migration_events
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
