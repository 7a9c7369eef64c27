-- Called at the end of a trigger file, so that a changed trigger reaches the partitions that are there.
create or replace function comply_private.guard_partitions(parent regclass)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform comply_private.guard_partition(i.inhrelid, i.inhparent)
  from pg_inherits as i
  where i.inhparent = guard_partitions.parent;
end;
$$;

comment on function comply_private.guard_partitions(regclass) is
  'Guard every partition of a table as its parent is guarded. Idempotent.';

revoke execute on function comply_private.guard_partitions(regclass) from public;
