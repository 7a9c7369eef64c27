-- Whose turn it is to load. Nobody but the owner, whose function locks its rows.

alter table comply_private.load_turns enable row level security;
alter table comply_private.load_turns force row level security;

drop policy if exists load_turns_owner_all on comply_private.load_turns;
create policy load_turns_owner_all
  on comply_private.load_turns
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.load_turns
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
