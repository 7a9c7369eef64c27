-- Writes what callers cannot, so it has the owner's rights. Looks the column up, so that no name goes into a statement
-- that is not the catalog's.
create or replace function comply.add_subject_column(table_name text, column_name text)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_table text := comply.audited_table(add_subject_column.table_name);
begin
  if v_table = any (comply_private.kept_images())
     or v_table = 'tenant_configs'
     or (
       select count(*)
       from pg_attribute as a
       where a.attrelid = format('comply.%I', v_table)::regclass
         and a.attnum > 0
         and not a.attisdropped
         and (
           (a.attname = add_subject_column.column_name and a.atttypid = 'text'::regtype)
           or (a.attname = 'tenant_id' and a.atttypid = 'text'::regtype)
           or (a.attname = 'id' and a.atttypid = 'uuid'::regtype)
           or (a.attname = 'created_at' and a.atttypid = 'timestamptz'::regtype)
         )
     ) < 4
  then
    raise exception 'column % of comply.% does not name subjects', quote_nullable(add_subject_column.column_name),
      v_table
      using errcode = 'PC334',
            hint    = 'Pass a column of type text of an audited table with tenant_id, id and created_at.';
  end if;

  insert into comply_private.subject_columns (table_name, column_name)
  values (v_table, add_subject_column.column_name)
  on conflict on constraint subject_columns_pkey do nothing;

  return found;
end;
$$;

comment on function comply.add_subject_column(text, text) is
  'Have a column erased and exported by as one that names a subject; true if this call added it. An index on tenant_id '
  'and the column keeps erasures quick. Idempotent. Raises PC201, PC334.';

revoke execute on function comply.add_subject_column(text, text) from public;
grant  execute on function comply.add_subject_column(text, text) to comply_admin;
