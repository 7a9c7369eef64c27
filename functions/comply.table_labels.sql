-- Labels are of nobody, and their table is for staff, so it has the owner's rights: what a table holds each
-- may know.
create or replace function comply.table_labels(
  table_name           text,
  out classification   text,
  out personal_columns text[],
  out subject_kinds    text[]
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  select
    comply_private.table_classification(table_labels.table_name),
    array_agg(l.column_name order by l.column_name) filter (where l.subject_kind is not null),
    array_agg(distinct l.subject_kind) filter (where l.subject_kind is not null)
  into classification, personal_columns, subject_kinds
  from comply.column_labels as l
  where l.table_name = table_labels.table_name;
end;
$$;

comment on function comply.table_labels(text) is
  'Return how secret a table is, which of its columns have personal data, and whose.';

revoke execute on function comply.table_labels(text) from public;
grant  execute on function comply.table_labels(text) to comply_app, comply_reader, comply_auditor, comply_admin;
