-- Not what is generated: it follows from the others, and cannot be written back.
create or replace function comply_private.archived_columns(relation regclass)
returns text[]
language sql
stable
begin atomic
  select array_agg(a.attname::text order by a.attnum)
  from pg_catalog.pg_attribute as a
  where a.attrelid = archived_columns.relation
    and a.attnum > 0
    and not a.attisdropped
    and a.attgenerated = '';
end;

comment on function comply_private.archived_columns(regclass) is
  'Return the columns of a table that an archive of it has, in their order.';

revoke execute on function comply_private.archived_columns(regclass) from public;
