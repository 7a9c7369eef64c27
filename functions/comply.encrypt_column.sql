-- For schema files, which run as comply_owner; made by another hand, the constraint is drift. Added unvalidated, so that
-- nothing but envelopes is written from then on, and what is in the way can be counted and told.
create or replace function comply.encrypt_column(table_name text, column_name text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_table      regclass;
  v_constraint text := format('%s_%s_check', encrypt_column.table_name, encrypt_column.column_name);
  v_type       regtype;
  v_rows       bigint;
begin
  select c.oid, a.atttypid
  into v_table, v_type
  from pg_class as c
  join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relnamespace = 'comply'::regnamespace
    and c.relkind in ('r', 'p')
    and not c.relispartition
    and c.relname = encrypt_column.table_name
    and a.attname = encrypt_column.column_name
    and exists (select from pg_attribute as t where t.attrelid = c.oid and t.attname = 'tenant_id')
    and exists (select from pg_attribute as i where i.attrelid = c.oid and i.attname = 'id');

  if not found or v_type <> 'bytea'::regtype then
    raise exception '%.% is no column of bytea, in a table of schema comply with tenant_id and id',
      encrypt_column.table_name, encrypt_column.column_name
      using errcode = 'PC326',
            hint    = 'Envelopes are bytes: add a column of type bytea, seal the values into it, drop the old one.';
  end if;

  if not exists (select from pg_constraint as k where k.conrelid = v_table and k.conname = v_constraint) then
    execute format('alter table %s add constraint %I check (comply.is_envelope(%I)) not valid',
                   v_table, v_constraint, encrypt_column.column_name);
  end if;

  execute format('select count(*) from %s as t where not comply.is_envelope(t.%I)', v_table, encrypt_column.column_name)
  into v_rows;

  if v_rows > 0 then
    raise exception '% row(s) of % have something else than an envelope in %',
      v_rows, v_table, encrypt_column.column_name
      using errcode = 'PC327',
            hint    = format('Seal them or set them to null: select tenant_id, id from %s where not comply.is_envelope(%I);',
                             v_table, encrypt_column.column_name);
  end if;

  execute format('alter table %s validate constraint %I', v_table, v_constraint);

  insert into comply.encrypted_columns (table_name, column_name)
  values (encrypt_column.table_name, encrypt_column.column_name)
  on conflict on constraint encrypted_columns_pkey do nothing;
end;
$$;

comment on function comply.encrypt_column(text, text) is
  'Let a column take nothing but envelopes, by a constraint. Idempotent. Locks the table while it reads it '
  'once. Call it from a schema file. Raises PC326, PC327.';

revoke execute on function comply.encrypt_column(text, text) from public;
