-- Whose turn it is to count. Nobody but the owner, whose functions count.

alter table comply_private.activity_state enable row level security;
alter table comply_private.activity_state force row level security;

drop policy if exists activity_state_owner_all on comply_private.activity_state;
create policy activity_state_owner_all
  on comply_private.activity_state
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.activity_state
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
