-- A comment survives a dump, goes with a column that is renamed, and is on workers of a distributed table
-- too. Plain internal is what a column without a label is, and leaves none.
create or replace function comply_private.mirror_label(table_name text, column_name text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_column record;
  v_text   text;
begin
  select c.oid::regclass as relation, a.attname, col_description(c.oid, a.attnum) as text
  into v_column
  from pg_class as c
  join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relnamespace = 'comply'::regnamespace
    and c.relname = mirror_label.table_name
    and a.attname = mirror_label.column_name;

  if not found then
    return;
  end if;

  select concat_ws(
    ' ',
    regexp_replace(v_column.text, ' ?\[label: [^]]*\]$', ''),
    (
      select '[label: ' || concat_ws(', ', l.classification, l.subject_kind, nullif(l.source, 'declared')) || ']'
      from comply.column_labels as l
      where l.table_name = mirror_label.table_name
        and l.column_name = mirror_label.column_name
        and (l.classification <> 'internal' or l.subject_kind is not null)
    ))
  into v_text;

  if v_text is distinct from v_column.text then
    execute format('comment on column %s.%I is %L', v_column.relation, v_column.attname, v_text);
  end if;
end;
$$;

comment on function comply_private.mirror_label(text, text) is
  'Write the label of a column behind its comment, or take it away; nothing where it is there. Idempotent.';

revoke execute on function comply_private.mirror_label(text, text) from public;
