-- Who may read the headers of sealed blocks: a tenant its own, auditors and administrators all of them. Nobody
-- writes: the sealer does, with the owner's rights.

alter table comply.ledger_blocks enable row level security;
alter table comply.ledger_blocks force row level security;

drop policy if exists ledger_blocks_tenant_reads on comply.ledger_blocks;
create policy ledger_blocks_tenant_reads
  on comply.ledger_blocks
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists ledger_blocks_tenant_floor on comply.ledger_blocks;
create policy ledger_blocks_tenant_floor
  on comply.ledger_blocks
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists ledger_blocks_admin_all on comply.ledger_blocks;
create policy ledger_blocks_admin_all
  on comply.ledger_blocks
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists ledger_blocks_owner_all on comply.ledger_blocks;
create policy ledger_blocks_owner_all
  on comply.ledger_blocks
  for all
  to comply_owner
  using (true)
  with check (true);

drop policy if exists ledger_blocks_auditor_reads on comply.ledger_blocks;
create policy ledger_blocks_auditor_reads
  on comply.ledger_blocks
  for select
  to comply_auditor
  using (true);

revoke all on comply.ledger_blocks
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.ledger_blocks
  to comply_app, comply_reader, comply_auditor, comply_admin;
