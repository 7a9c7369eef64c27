-- How far the rollups are. Nobody but the owner, whose functions read and write it.

alter table comply_private.rollup_state enable row level security;
alter table comply_private.rollup_state force row level security;

drop policy if exists rollup_state_owner_all on comply_private.rollup_state;
create policy rollup_state_owner_all
  on comply_private.rollup_state
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.rollup_state
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
