create or replace function comply_private.month_partition(table_name text, month timestamptz)
returns regclass
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select i.inhrelid::regclass
    from pg_inherits as i
    where i.inhparent = to_regclass('comply.' || month_partition.table_name)
      and lower(comply_private.partition_range(i.inhrelid)) = month_partition.month
  );
end;
$$;

comment on function comply_private.month_partition(text, timestamptz) is
  'Return the partition of a month, or null where there is none in the table.';

revoke execute on function comply_private.month_partition(text, timestamptz) from public;
