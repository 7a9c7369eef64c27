-- How retention goes about it. Nobody but the owner, whose functions read and write it.

alter table comply_private.retention_settings enable row level security;
alter table comply_private.retention_settings force row level security;

drop policy if exists retention_settings_owner_all on comply_private.retention_settings;
create policy retention_settings_owner_all
  on comply_private.retention_settings
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.retention_settings
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
