-- A comment goes with a column that is renamed, its label does not: so the two tell which was renamed. Runs
-- with the caller's rights.
create or replace function comply.unclassified_columns()
returns table (table_name text, column_name text, data_type text, problem text)
language sql
stable
set row_security = on
begin atomic
  select
    c.relname::text,
    a.attname::text,
    format_type(a.atttypid, a.atttypmod),
    case
      when l.source = 'suspected' then 'nobody has reviewed what is suspected'
      when col_description(c.oid, a.attnum) ~ '\[label: [^]]*\]$' then 'renamed: its label is under another name'
      else 'no label'
    end
  from pg_catalog.pg_class as c
  join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  left join comply.column_labels as l on l.table_name = c.relname and l.column_name = a.attname
  where c.relnamespace = 'comply'::regnamespace
    and c.relkind in ('r', 'p')
    and not c.relispartition
    and (l.table_name is null or l.source = 'suspected')
  union all
  select l.table_name, l.column_name, null, 'there is no such column'
  from comply.column_labels as l
  where not exists (
    select
    from pg_catalog.pg_attribute as a
    where a.attrelid = to_regclass(format('comply.%I', l.table_name))
      and a.attname = l.column_name
      and a.attnum > 0
      and not a.attisdropped
  )
  order by 1, 2;
end;

comment on function comply.unclassified_columns() is
  'Return the columns of schema comply that nobody has classified, and labels of columns that are gone; no '
  'row: every column has been looked at.';

revoke execute on function comply.unclassified_columns() from public;
grant  execute on function comply.unclassified_columns() to comply_auditor, comply_admin, comply_operator;
