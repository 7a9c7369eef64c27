-- The checks. No tenant's data: every role reads all of it; nobody writes but a deploy and comply.enable_check(), with
-- the owner's rights.

alter table comply.checks enable row level security;
alter table comply.checks force row level security;

drop policy if exists checks_all_read on comply.checks;
create policy checks_all_read
  on comply.checks
  for select
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator
  using (true);

drop policy if exists checks_owner_all on comply.checks;
create policy checks_owner_all
  on comply.checks
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply.checks
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.checks
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
