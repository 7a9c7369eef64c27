-- The controls of those frameworks. No tenant's data: every role reads all of it; nobody writes but a deploy and
-- comply.define_framework(), with the owner's rights.

alter table comply.controls enable row level security;
alter table comply.controls force row level security;

drop policy if exists controls_all_read on comply.controls;
create policy controls_all_read
  on comply.controls
  for select
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator
  using (true);

drop policy if exists controls_owner_all on comply.controls;
create policy controls_owner_all
  on comply.controls
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply.controls
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.controls
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
