-- Digests that left. Auditors, administrators and operators read it; nobody writes but
-- comply.record_checkpoint_export(), with the owner's rights.

alter table comply.checkpoint_exports enable row level security;
alter table comply.checkpoint_exports force row level security;

drop policy if exists checkpoint_exports_staff_reads on comply.checkpoint_exports;
create policy checkpoint_exports_staff_reads
  on comply.checkpoint_exports
  for select
  to comply_auditor, comply_admin, comply_operator
  using (true);

drop policy if exists checkpoint_exports_owner_all on comply.checkpoint_exports;
create policy checkpoint_exports_owner_all
  on comply.checkpoint_exports
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply.checkpoint_exports
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.checkpoint_exports
  to comply_auditor, comply_admin, comply_operator;
