-- The archives that are in the database. Nobody but the owner, whose functions say who may have them.

alter table comply_private.archived_rows enable row level security;
alter table comply_private.archived_rows force row level security;

drop policy if exists archived_rows_owner_all on comply_private.archived_rows;
create policy archived_rows_owner_all
  on comply_private.archived_rows
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.archived_rows
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
