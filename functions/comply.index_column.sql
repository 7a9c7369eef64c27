-- For schema files, which run as comply_owner; made by another hand, constraint and index are drift.
create or replace function comply.index_column(
  table_name    text,
  column_name   text,
  source_column text,
  bytes         integer default 12
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_table      regclass;
  v_index      text := format('%s_%s_idx', index_column.table_name, index_column.column_name);
  v_constraint text := format('%s_%s_check', index_column.table_name, index_column.column_name);
begin
  select c.oid
  into v_table
  from pg_class as c
  join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join comply.encrypted_columns as e on e.table_name = c.relname and e.column_name = index_column.source_column
  where c.relnamespace = 'comply'::regnamespace
    and c.relkind in ('r', 'p')
    and not c.relispartition
    and c.relname = index_column.table_name
    and a.attname = index_column.column_name
    and a.atttypid = 'bytea'::regtype;

  if not found then
    raise exception '%.% is no column of bytea beside an encrypted one, %',
      index_column.table_name, index_column.column_name, index_column.source_column
      using errcode = 'PC326',
            hint    = 'Add a column of type bytea, and call comply.encrypt_column() for the one it is made of, first.';
  end if;

  insert into comply.blind_indexes (table_name, column_name, source_column, bytes)
  values (index_column.table_name, index_column.column_name, index_column.source_column, index_column.bytes)
  on conflict on constraint blind_indexes_pkey do nothing;

  -- Whatever has another length was not made by comply.blind_index().
  if not exists (select from pg_constraint as k where k.conrelid = v_table and k.conname = v_constraint) then
    execute format('alter table %s add constraint %I check (octet_length(%I) = %s)',
                   v_table, v_constraint, index_column.column_name, index_column.bytes);
  end if;

  if to_regclass(format('comply.%I', v_index)) is null then
    execute format('create index %I on %s (tenant_id, %I) where %I is not null',
                   v_index, v_table, index_column.column_name, index_column.column_name);
  end if;
end;
$$;

comment on function comply.index_column(text, text, text, integer) is
  'Make a column the blind index of an encrypted one: fingerprints of 8 to 16 bytes, a constraint, an index. '
  'Idempotent. Locks the table against writes while the index is built. Call it from a schema file. Raises PC326.';

revoke execute on function comply.index_column(text, text, text, integer) from public;
