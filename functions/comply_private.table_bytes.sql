create or replace function comply_private.table_bytes(table_name text)
returns bigint
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(sum(pg_relation_size(t.relid)), 0)
    from pg_partition_tree(format('comply.%I', table_bytes.table_name)::regclass) as t
  );
end;
$$;

comment on function comply_private.table_bytes(text) is
  'Return how large a table is with its partitions, without indexes and what is stored out of line.';

revoke execute on function comply_private.table_bytes(text) from public;
