-- From the catalog and not from the name, which anyone can change.
create or replace function comply_private.partition_range(partition regclass)
returns tstzrange
language sql
stable
begin atomic
  select tstzrange(
    substring(pg_get_expr(c.relpartbound, c.oid) from $re$FROM \('([^']+)'\)$re$)::timestamptz,
    substring(pg_get_expr(c.relpartbound, c.oid) from $re$TO \('([^']+)'\)$re$)::timestamptz)
  from pg_catalog.pg_class as c
  where c.oid = partition_range.partition
    and c.relispartition;
end;

comment on function comply_private.partition_range(regclass) is
  'Return the range of times that a partition holds, or null for a table that is none.';

revoke execute on function comply_private.partition_range(regclass) from public;
