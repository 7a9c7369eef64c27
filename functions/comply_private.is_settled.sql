-- A transaction id that is yet to come is of another server's life, where everything has ended.
create or replace function comply_private.is_settled(transaction_id xid8)
returns boolean
language sql
volatile
return is_settled.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
  or is_settled.transaction_id > pg_current_xact_id();

comment on function comply_private.is_settled(xid8) is
  'Return whether every transaction that was under way beside another has ended.';

revoke execute on function comply_private.is_settled(xid8) from public;
