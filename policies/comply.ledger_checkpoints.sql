-- The digests over all tenants. Auditors, administrators and operators read them; nobody writes but
-- comply.checkpoint(), with the owner's rights.

alter table comply.ledger_checkpoints enable row level security;
alter table comply.ledger_checkpoints force row level security;

drop policy if exists ledger_checkpoints_auditor_reads on comply.ledger_checkpoints;
create policy ledger_checkpoints_auditor_reads
  on comply.ledger_checkpoints
  for select
  to comply_auditor, comply_admin, comply_operator
  using (true);

drop policy if exists ledger_checkpoints_owner_all on comply.ledger_checkpoints;
create policy ledger_checkpoints_owner_all
  on comply.ledger_checkpoints
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply.ledger_checkpoints
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.ledger_checkpoints
  to comply_auditor, comply_admin, comply_operator;
