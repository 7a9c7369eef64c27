-- What a statement needs to find a subject: t is the table, $1 the tenant, $2 the subject. Names of tables and columns
-- come from the catalog, where comply.add_subject_column() had them looked up, and are quoted here.
create or replace function comply_private.subject_places()
returns table (table_name text, relation text, condition text, clock text)
language sql
stable
set row_security = on
begin atomic
  select
    c.table_name,
    format('comply.%I', c.table_name),
    string_agg(format('t.%I = $2', c.column_name), ' or ' order by c.column_name),
    case when exists (
      select
      from pg_catalog.pg_attribute as a
      join pg_catalog.pg_class as r on r.oid = a.attrelid
      where r.relnamespace = 'comply'::regnamespace
        and r.relname = c.table_name
        and a.attname = 'timestamp'
        and not a.attisdropped
    ) then 'timestamp' else 'created_at' end
  from comply_private.subject_columns as c
  group by c.table_name
  union all
  values
    ('load_rejects', 'comply.load_rejects',
     't.detail = $2 or comply_private.mentions_subject(t.line, $2)', 'created_at'),
    ('restored_rows', 'comply_private.restored_rows',
     'exists (select from comply_private.subject_columns as c '
     'where c.table_name = t.table_name and t.content ->> c.column_name = $2)', 'timestamp')
  order by 1;
end;

comment on function comply_private.subject_places() is
  'Return the tables that may have rows of a subject, the condition that finds them, and the column of their time.';

revoke execute on function comply_private.subject_places() from public;
