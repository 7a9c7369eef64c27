-- How far the database is sealed. Nobody but the owner, whose functions read and write it.

alter table comply_private.ledger_state enable row level security;
alter table comply_private.ledger_state force row level security;

drop policy if exists ledger_state_owner_all on comply_private.ledger_state;
create policy ledger_state_owner_all
  on comply_private.ledger_state
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.ledger_state
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
