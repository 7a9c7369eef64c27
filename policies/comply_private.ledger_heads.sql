-- How far each tenant is sealed. Nobody but the owner, whose functions read and write it.

alter table comply_private.ledger_heads enable row level security;
alter table comply_private.ledger_heads force row level security;

drop policy if exists ledger_heads_owner_all on comply_private.ledger_heads;
create policy ledger_heads_owner_all
  on comply_private.ledger_heads
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.ledger_heads
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
