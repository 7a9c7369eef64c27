-- The detectors. No tenant's data: every role reads all of it, and a deploy alone writes.

alter table comply.detectors enable row level security;
alter table comply.detectors force row level security;

drop policy if exists detectors_all_read on comply.detectors;
create policy detectors_all_read
  on comply.detectors
  for select
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator
  using (true);

drop policy if exists detectors_owner_all on comply.detectors;
create policy detectors_owner_all
  on comply.detectors
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply.detectors
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.detectors
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
