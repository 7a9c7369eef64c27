create or replace function comply_private.swap_copy(item uuid)
returns void
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
  where i.id = swap_copy.item;

  v_partition := comply_private.month_partition(v_item.table_name, v_item.month);
  v_copy := comply_private.detached_month(v_item.table_name, v_item.month)::regclass;
  execute format('lock table %s in share row exclusive mode', v_partition);

  if comply_private.month_mark(v_item.table_name, v_item.month) <> v_item.mark then
    raise exception 'rows of % were changed', v_partition
      using errcode = 'PC309',
            hint    = 'Nothing was swapped.';
  end if;

  perform comply_private.certify_slices(v_item.id);
  execute format('alter table comply.%I detach partition %s', v_item.table_name, v_partition);
  execute format('drop table %s', v_partition);
  execute format('alter table %s set schema comply', v_copy);
  execute format('alter table comply.%I attach partition %s for values from (%L) to (%L)',
                 v_item.table_name, v_copy, v_item.month, v_item.month + interval '1 month');
  execute format('alter table %s drop constraint detached_month_check', v_copy);
end;
$$;

comment on function comply_private.swap_copy(uuid) is
  'Put the copy of a month in its place, or raise PC309 where a row was changed since. The caller limits how long it '
  'waits for locks.';

revoke execute on function comply_private.swap_copy(uuid) from public;
