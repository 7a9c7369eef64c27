-- What is deployed now. Nobody but the owner, whose functions read and write it.

alter table comply_private.schema_migrations enable row level security;
alter table comply_private.schema_migrations force row level security;

drop policy if exists schema_migrations_owner_all on comply_private.schema_migrations;
create policy schema_migrations_owner_all
  on comply_private.schema_migrations
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.schema_migrations
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
