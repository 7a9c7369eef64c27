-- One half of every session key. Nobody but the owner, whose functions combine it with the other.

alter table comply_private.session_secrets enable row level security;
alter table comply_private.session_secrets force row level security;

drop policy if exists session_secrets_owner_all on comply_private.session_secrets;
create policy session_secrets_owner_all
  on comply_private.session_secrets
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.session_secrets
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
