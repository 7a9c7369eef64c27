-- What proofs are made of. Nobody but the owner, whose functions read and write it.

alter table comply_private.ledger_nodes enable row level security;
alter table comply_private.ledger_nodes force row level security;

drop policy if exists ledger_nodes_owner_all on comply_private.ledger_nodes;
create policy ledger_nodes_owner_all
  on comply_private.ledger_nodes
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.ledger_nodes
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
