-- Who may read what came back from archives: whoever may read the table that it is of, a tenant its own. Nobody
-- writes. Readers come by the view comply.restored_rows, as nobody enters this schema.

alter table comply_private.restored_rows enable row level security;
alter table comply_private.restored_rows force row level security;

drop policy if exists restored_rows_tenant_reads on comply_private.restored_rows;
create policy restored_rows_tenant_reads
  on comply_private.restored_rows
  for select
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()));

-- A principal that is in comply_app and in comply_admin at once stays inside its tenant.
drop policy if exists restored_rows_tenant_floor on comply_private.restored_rows;
create policy restored_rows_tenant_floor
  on comply_private.restored_rows
  as restrictive
  for all
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()))
  with check (tenant_id = (select comply.current_tenant()));

drop policy if exists restored_rows_staff_reads on comply_private.restored_rows;
create policy restored_rows_staff_reads
  on comply_private.restored_rows
  for select
  to comply_admin, comply_auditor
  using (true);

drop policy if exists restored_rows_as_parent_reads on comply_private.restored_rows;
create policy restored_rows_as_parent_reads
  on comply_private.restored_rows
  as restrictive
  for select
  to comply_app, comply_reader, comply_auditor, comply_admin
  using (has_table_privilege('comply.' || table_name, 'select'));

-- Reads of the table that they are of are logged for tenants that want that, and so are reads of these.
drop policy if exists restored_rows_tenant_notes on comply_private.restored_rows;
create policy restored_rows_tenant_notes
  on comply_private.restored_rows
  as restrictive
  for select
  to comply_app, comply_reader
  using ((select comply_private.note_read('restored_rows')));

drop policy if exists restored_rows_staff_notes on comply_private.restored_rows;
create policy restored_rows_staff_notes
  on comply_private.restored_rows
  as restrictive
  for select
  to comply_admin, comply_auditor
  using ((select comply_private.note_staff_read('restored_rows')));

drop policy if exists restored_rows_owner_all on comply_private.restored_rows;
create policy restored_rows_owner_all
  on comply_private.restored_rows
  for all
  to comply_owner
  using (true)
  with check (true);

revoke all on comply_private.restored_rows
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply_private.restored_rows
  to comply_app, comply_reader, comply_auditor, comply_admin;
