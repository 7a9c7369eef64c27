-- First a lock that stops autovacuum, which would otherwise be waited for with the table locked; then the table, so
-- that nobody who reads is waited for half-way. Out of schema comply, which nobody but the owner then enters.
create or replace function comply_private.take_out_month(table_name text, month timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_partition regclass := comply_private.month_partition(take_out_month.table_name, take_out_month.month);
begin
  execute format('lock table %s in share update exclusive mode', v_partition);
  perform comply_private.with_short_locks(
    format('alter table comply.%I detach partition %s', take_out_month.table_name, v_partition));
  execute format('alter table %s set schema comply_private', v_partition);
end;
$$;

comment on function comply_private.take_out_month(text, timestamptz) is
  'Detach the partition of a month. Locks the table for a moment.';

revoke execute on function comply_private.take_out_month(text, timestamptz) from public;
