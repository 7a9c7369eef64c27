-- Which columns hold fingerprints. For all to see; changed by the owner's functions alone.

alter table comply.blind_indexes enable row level security;
alter table comply.blind_indexes force row level security;

drop policy if exists blind_indexes_all_read on comply.blind_indexes;
create policy blind_indexes_all_read
  on comply.blind_indexes
  for select
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator
  using (true);

drop policy if exists blind_indexes_owner_all on comply.blind_indexes;
create policy blind_indexes_owner_all
  on comply.blind_indexes
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply.blind_indexes
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.blind_indexes
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
