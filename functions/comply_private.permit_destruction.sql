create or replace function comply_private.permit_destruction()
returns void
language sql
volatile
set row_security = on
begin atomic
  insert into comply_private.destruction_permits (transaction_id)
  values (pg_current_xact_id())
  on conflict on constraint destruction_permits_pkey do nothing;
end;

comment on function comply_private.permit_destruction() is
  'Audit what this transaction deletes by key and hash, without images, until comply_private.end_destruction().';

revoke execute on function comply_private.permit_destruction() from public;
