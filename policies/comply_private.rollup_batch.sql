-- What a refresh is counting. Nobody but the owner, whose functions read and write it.

alter table comply_private.rollup_batch enable row level security;
alter table comply_private.rollup_batch force row level security;

drop policy if exists rollup_batch_owner_all on comply_private.rollup_batch;
create policy rollup_batch_owner_all
  on comply_private.rollup_batch
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.rollup_batch
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
