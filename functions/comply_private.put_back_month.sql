create or replace function comply_private.put_back_month(table_name text, month timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $$
declare
  v_detached  regclass := comply_private.detached_month(put_back_month.table_name, put_back_month.month)::regclass;
  v_parent    regclass := to_regclass('comply.' || put_back_month.table_name);
  v_partition text;
begin
  perform comply_private.bound_month(put_back_month.table_name, put_back_month.month);
  perform comply_private.guard_partition(v_detached, v_parent);
  execute format('alter table %s set schema comply', v_detached);
  v_partition := v_detached::text;
  perform comply_private.with_short_locks(
    format('alter table %s attach partition %s for values from (%L) to (%L)', v_parent, v_partition,
           put_back_month.month, put_back_month.month + interval '1 month'));
  execute format('alter table %s drop constraint detached_month_check', v_partition);
end;
$$;

comment on function comply_private.put_back_month(text, timestamptz) is
  'Attach a month that was taken out of its table, guarded as it was. Locks the table for a moment.';

revoke execute on function comply_private.put_back_month(text, timestamptz) from public;
