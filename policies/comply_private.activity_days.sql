-- What was done on which day. Nobody but the owner, whose functions count and report it.

alter table comply_private.activity_days enable row level security;
alter table comply_private.activity_days force row level security;

drop policy if exists activity_days_owner_all on comply_private.activity_days;
create policy activity_days_owner_all
  on comply_private.activity_days
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.activity_days
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
