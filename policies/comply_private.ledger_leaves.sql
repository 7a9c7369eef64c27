-- What names a damaged row. Nobody but the owner, whose functions read and write it.

alter table comply_private.ledger_leaves enable row level security;
alter table comply_private.ledger_leaves force row level security;

drop policy if exists ledger_leaves_owner_all on comply_private.ledger_leaves;
create policy ledger_leaves_owner_all
  on comply_private.ledger_leaves
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.ledger_leaves
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
