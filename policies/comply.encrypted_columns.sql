-- Which columns are encrypted. For all to see; changed by the owner's functions alone.

alter table comply.encrypted_columns enable row level security;
alter table comply.encrypted_columns force row level security;

drop policy if exists encrypted_columns_all_read on comply.encrypted_columns;
create policy encrypted_columns_all_read
  on comply.encrypted_columns
  for select
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator
  using (true);

drop policy if exists encrypted_columns_owner_all on comply.encrypted_columns;
create policy encrypted_columns_owner_all
  on comply.encrypted_columns
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply.encrypted_columns
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.encrypted_columns
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
