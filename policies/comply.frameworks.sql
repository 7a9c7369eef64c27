-- The frameworks that every tenant is judged by. No tenant's data: every role reads all of it; nobody writes but a deploy
-- and comply.define_framework(), with the owner's rights.

alter table comply.frameworks enable row level security;
alter table comply.frameworks force row level security;

drop policy if exists frameworks_all_read on comply.frameworks;
create policy frameworks_all_read
  on comply.frameworks
  for select
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator
  using (true);

drop policy if exists frameworks_owner_all on comply.frameworks;
create policy frameworks_owner_all
  on comply.frameworks
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply.frameworks
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.frameworks
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
