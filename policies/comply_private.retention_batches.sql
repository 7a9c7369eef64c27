-- What batches are to delete. Nobody but the owner, whose functions read and write it.

alter table comply_private.retention_batches enable row level security;
alter table comply_private.retention_batches force row level security;

drop policy if exists retention_batches_owner_all on comply_private.retention_batches;
create policy retention_batches_owner_all
  on comply_private.retention_batches
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.retention_batches
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
