-- What a refresh is to count. Nobody but the owner, whose functions read and write it.

alter table comply_private.rollup_changes enable row level security;
alter table comply_private.rollup_changes force row level security;

drop policy if exists rollup_changes_owner_all on comply_private.rollup_changes;
create policy rollup_changes_owner_all
  on comply_private.rollup_changes
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.rollup_changes
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
