-- Who may read what was found in seven days: a tenant its own, staff all of it. Counts, and no record, so
-- reads are not logged, and analysts have them. Nobody writes. Readers come by the view of the same name in
-- schema comply, as nobody enters this one.

alter table comply_private.last_seven_days enable row level security;
alter table comply_private.last_seven_days force row level security;

drop policy if exists last_seven_days_tenant_reads on comply_private.last_seven_days;
create policy last_seven_days_tenant_reads
  on comply_private.last_seven_days
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists last_seven_days_tenant_floor on comply_private.last_seven_days;
create policy last_seven_days_tenant_floor
  on comply_private.last_seven_days
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists last_seven_days_staff_reads on comply_private.last_seven_days;
create policy last_seven_days_staff_reads
  on comply_private.last_seven_days
  for select
  to comply_analyst, comply_auditor, comply_admin
  using (true);

drop policy if exists last_seven_days_owner_all on comply_private.last_seven_days;
create policy last_seven_days_owner_all
  on comply_private.last_seven_days
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.last_seven_days
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply_private.last_seven_days
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin;
