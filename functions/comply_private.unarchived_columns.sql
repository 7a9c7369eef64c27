create or replace function comply_private.unarchived_columns(relation regclass)
returns text[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select a.attname::text
    from pg_attribute as a
    where a.attrelid = unarchived_columns.relation
      and a.attnum > 0
      and not a.attisdropped
      and a.attname <> all (comply_private.archived_columns(unarchived_columns.relation))
  );
end;
$$;

comment on function comply_private.unarchived_columns(regclass) is
  'Return the columns of a table that no archive of it has, and no hash of its rows covers.';

revoke execute on function comply_private.unarchived_columns(regclass) from public;
