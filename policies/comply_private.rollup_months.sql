-- Which partitions are counted. Nobody but the owner, whose functions read and write it.

alter table comply_private.rollup_months enable row level security;
alter table comply_private.rollup_months force row level security;

drop policy if exists rollup_months_owner_all on comply_private.rollup_months;
create policy rollup_months_owner_all
  on comply_private.rollup_months
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.rollup_months
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
