-- Who may read who gets data: a tenant what is its own, auditors and administrators all of it. Nobody writes:
-- comply.set_recipient() does, with the owner's rights.

alter table comply.processing_recipients enable row level security;
alter table comply.processing_recipients force row level security;

drop policy if exists processing_recipients_tenant_reads on comply.processing_recipients;
create policy processing_recipients_tenant_reads
  on comply.processing_recipients
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists processing_recipients_tenant_floor on comply.processing_recipients;
create policy processing_recipients_tenant_floor
  on comply.processing_recipients
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists processing_recipients_admin_all on comply.processing_recipients;
create policy processing_recipients_admin_all
  on comply.processing_recipients
  for all
  to comply_admin
  using (true)
  with check (true);

drop policy if exists processing_recipients_owner_all on comply.processing_recipients;
create policy processing_recipients_owner_all
  on comply.processing_recipients
  for all
  to comply_owner
  using (true)
  with check (true);

drop policy if exists processing_recipients_auditor_reads on comply.processing_recipients;
create policy processing_recipients_auditor_reads
  on comply.processing_recipients
  for select
  to comply_auditor
  using (true);

revoke all on comply.processing_recipients
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.processing_recipients
  to comply_app, comply_reader, comply_auditor, comply_admin;
