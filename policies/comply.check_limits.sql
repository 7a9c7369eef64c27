-- By what checks measure. Auditors, administrators and operators read it; nobody writes but
-- comply.set_check_limit(), with the owner's rights.

alter table comply.check_limits enable row level security;
alter table comply.check_limits force row level security;

drop policy if exists check_limits_staff_reads on comply.check_limits;
create policy check_limits_staff_reads
  on comply.check_limits
  for select
  to comply_auditor, comply_admin, comply_operator
  using (true);

drop policy if exists check_limits_owner_all on comply.check_limits;
create policy check_limits_owner_all
  on comply.check_limits
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply.check_limits
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.check_limits
  to comply_auditor, comply_admin, comply_operator;
