-- Nobody enters comply_private, but whoever may read what a view is over needs not to.
create or replace view comply.restored_rows
with (security_invoker = true, security_barrier = true)
as
select r.tenant_id, r.restore_id, r.table_name, r."timestamp", r.id, r.content
from comply_private.restored_rows as r;

comment on view comply.restored_rows is
  'One row a row that came back from an archive, for whoever may read the table that it is of.';

revoke all on comply.restored_rows
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.restored_rows
  to comply_app, comply_reader, comply_auditor, comply_admin;
