-- For schema files: whoever adds a table says in it which of its columns are more than internal, and then
-- that the rest is not. Without that word comply.unclassified_columns() lists them.
create or replace function comply_private.label_internal(tables text[])
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  insert into comply.column_labels (table_name, column_name, classification, reviewed_by, reviewed_at)
  select c.relname, a.attname, 'internal', 'comply-db', comply.now()
  from pg_class as c
  join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relnamespace = 'comply'::regnamespace
    and c.relkind in ('r', 'p')
    and not c.relispartition
    and c.relname = any (label_internal.tables)
  on conflict on constraint column_labels_pkey do nothing;
end;
$$;

comment on function comply_private.label_internal(text[]) is
  'Label as internal each column of these tables that has no label yet. Idempotent. Call it from a schema '
  'file.';

revoke execute on function comply_private.label_internal(text[]) from public;
