-- The keys that sign contexts. Nobody but the owner, whose functions read and write it.

alter table comply_private.context_keys enable row level security;
alter table comply_private.context_keys force row level security;

drop policy if exists context_keys_owner_all on comply_private.context_keys;
create policy context_keys_owner_all
  on comply_private.context_keys
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.context_keys
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
