-- The month is locked against writers first, then compared: what the copy was made of is what is there, or nothing
-- happens. The table itself is locked last, for as long as the catalog takes.
create or replace function comply_private.swap_survivors(item uuid)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
declare
  v_item      comply.retention_items;
  v_partition regclass;
  v_copy      regclass;
begin
  select i.*
  into v_item
  from comply.retention_items as i
  where i.id = swap_survivors.item;

  v_partition := comply_private.month_partition(v_item.table_name, v_item.month);
  v_copy := comply_private.detached_month(v_item.table_name, v_item.month)::regclass;
  execute format('lock table %s in share row exclusive mode', v_partition);

  if comply_private.month_mark(v_item.table_name, v_item.month) <> v_item.mark then
    return false;
  end if;

  perform comply_private.certify_slices(v_item.id);
  perform comply_private.with_short_locks(
    format('alter table comply.%I detach partition %s', v_item.table_name, v_partition));
  execute format('drop table %s', v_partition);
  execute format('alter table %s set schema comply', v_copy);
  execute format('alter table comply.%I attach partition %s for values from (%L) to (%L)',
                 v_item.table_name, v_copy, v_item.month, v_item.month + interval '1 month');
  execute format('alter table %s drop constraint detached_month_check', v_copy);
  return true;
end;
$$;

comment on function comply_private.swap_survivors(uuid) is
  'Put the copy of a month in its place; return false, and do nothing, where a row was changed since. Locks the month '
  'against writers, and the table for a moment.';

revoke execute on function comply_private.swap_survivors(uuid) from public;
