-- Called in the transaction that called comply_private.permit_destruction(): transaction ids begin anew on another
-- server, and a permit that came there with a backup would be somebody else's.
create or replace function comply_private.end_destruction()
returns void
language sql
volatile
set row_security = on
begin atomic
  delete from comply_private.destruction_permits as p
  where p.transaction_id = pg_current_xact_id();
end;

comment on function comply_private.end_destruction() is
  'End what comply_private.permit_destruction() began. Idempotent.';

revoke execute on function comply_private.end_destruction() from public;
