-- What is only suspected destroys nothing. By its name in the row, as the column is younger than what asks here.
create or replace function comply_private.table_classification(table_name text)
returns text
language sql
stable
set row_security = on
begin atomic
  select (array['public', 'internal', 'confidential', 'restricted'])[coalesce(
    max(array_position(array['public', 'internal', 'confidential', 'restricted'], l.classification)), 2)]
  from comply.column_labels as l
  where l.table_name = table_classification.table_name
    and to_jsonb(l) ->> 'source' is distinct from 'suspected';
end;

comment on function comply_private.table_classification(text) is
  'Return the highest label of a table''s columns that is not only suspected; internal where none has one.';

revoke execute on function comply_private.table_classification(text) from public;
