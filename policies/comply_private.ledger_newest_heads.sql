-- The leaves of the newest checkpoint. Nobody but the owner, whose functions read and write it.

alter table comply_private.ledger_newest_heads enable row level security;
alter table comply_private.ledger_newest_heads force row level security;

drop policy if exists ledger_newest_heads_owner_all on comply_private.ledger_newest_heads;
create policy ledger_newest_heads_owner_all
  on comply_private.ledger_newest_heads
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.ledger_newest_heads
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
