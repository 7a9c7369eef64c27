-- Who may read what is counted over all tenants: staff. A tenant sees none of it, not even where its principal is staff
-- as well, but may ask, as the functions that choose between this and its own rollups do. Nobody writes. Readers come
-- by the view of the same name in schema comply, as nobody enters this one.

alter table comply_private.rollup_totals enable row level security;
alter table comply_private.rollup_totals force row level security;

drop policy if exists rollup_totals_staff_reads on comply_private.rollup_totals;
create policy rollup_totals_staff_reads
  on comply_private.rollup_totals
  for select
  to comply_analyst, comply_auditor, comply_admin
  using (true);

drop policy if exists rollup_totals_tenant_sees_none on comply_private.rollup_totals;
create policy rollup_totals_tenant_sees_none
  on comply_private.rollup_totals
  as restrictive
  for all
  to comply_app, comply_reader
  using (false)
  with check (false);

drop policy if exists rollup_totals_owner_all on comply_private.rollup_totals;
create policy rollup_totals_owner_all
  on comply_private.rollup_totals
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.rollup_totals
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply_private.rollup_totals
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin;
