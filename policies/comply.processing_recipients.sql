-- Who may read how personal data is processed: auditors, administrators and operators; a tenant its own part, by
-- comply.processing_record(). Nobody writes: functions do, with the owner's rights.

alter table comply.processing_recipients enable row level security;
alter table comply.processing_recipients force row level security;

drop policy if exists processing_recipients_staff_reads on comply.processing_recipients;
create policy processing_recipients_staff_reads
  on comply.processing_recipients
  for select
  to comply_auditor, comply_admin, comply_operator
  using (true);

drop policy if exists processing_recipients_owner_all on comply.processing_recipients;
create policy processing_recipients_owner_all
  on comply.processing_recipients
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply.processing_recipients
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.processing_recipients
  to comply_auditor, comply_admin, comply_operator;
