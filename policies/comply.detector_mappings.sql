-- How detectors' labels map to the taxonomy. No tenant's data: every role reads all of it, and a deploy alone writes.

alter table comply.detector_mappings enable row level security;
alter table comply.detector_mappings force row level security;

drop policy if exists detector_mappings_all_read on comply.detector_mappings;
create policy detector_mappings_all_read
  on comply.detector_mappings
  for select
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator
  using (true);

drop policy if exists detector_mappings_owner_all on comply.detector_mappings;
create policy detector_mappings_owner_all
  on comply.detector_mappings
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply.detector_mappings
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.detector_mappings
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
