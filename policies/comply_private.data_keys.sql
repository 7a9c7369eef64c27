-- The wrapped keys. Nobody but the owner, whose functions read and write it.

alter table comply_private.data_keys enable row level security;
alter table comply_private.data_keys force row level security;

drop policy if exists data_keys_owner_all on comply_private.data_keys;
create policy data_keys_owner_all
  on comply_private.data_keys
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.data_keys
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
