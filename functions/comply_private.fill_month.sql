-- Several times as fast as inserting into the table: no trigger fires, and indexes are made when the rows are there.
-- The month is out of its table meanwhile, so nobody sees half of it. Its rows are alike, so that fewer are looked at
-- for the statistics, which took a fifth of the time of a month of 125,000 rows.
create or replace function comply_private.fill_month(table_name text, month timestamptz, statement text)
returns bigint
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set maintenance_work_mem = '256MB'
set work_mem = '256MB'
set default_statistics_target = 30
set jit = off
as $$
declare
  v_month   text := comply_private.detached_month(fill_month.table_name, fill_month.month);
  v_index   record;
  v_indexes jsonb;
  v_rows    bigint;
begin
  perform comply_private.make_partition(to_regclass('comply.' || fill_month.table_name), fill_month.month);
  perform comply_private.take_out_month(fill_month.table_name, fill_month.month);
  execute format('alter table %s disable trigger user, no force row level security', v_month);

  select jsonb_agg(
    jsonb_build_object(
      'name', c.relname, 'definition', pg_get_indexdef(i.indexrelid), 'constraint', k.conname)
    order by c.relname)
  into v_indexes
  from pg_index as i
  join pg_class as c on c.oid = i.indexrelid
  left join pg_constraint as k on k.conindid = i.indexrelid and k.conrelid = i.indrelid
  where i.indrelid = v_month::regclass;

  for v_index in
    select x.name, x."constraint"
    from jsonb_to_recordset(v_indexes) as x (name text, "constraint" text)
  loop
    if v_index."constraint" is null then
      execute format('drop index comply_private.%I', v_index.name);
    else
      execute format('alter table %s drop constraint %I', v_month, v_index."constraint");
    end if;
  end loop;

  execute format('insert into %s %s', v_month, fill_month.statement);
  get diagnostics v_rows = row_count;

  for v_index in
    select x.name, x.definition, x."constraint"
    from jsonb_to_recordset(v_indexes) as x (name text, definition text, "constraint" text)
  loop
    execute v_index.definition;

    if v_index."constraint" is not null then
      execute format('alter table %s add constraint %I primary key using index %I', v_month,
                     v_index."constraint", v_index.name);
    end if;
  end loop;

  execute format('analyze %s', v_month);
  perform comply_private.put_back_month(fill_month.table_name, fill_month.month);
  return v_rows;
end;
$$;

comment on function comply_private.fill_month(text, timestamptz, text) is
  'Fill the month of a table by what follows INSERT INTO, without its triggers; return how many rows. Makes the month '
  'if it is not there. Locks the table for a moment.';

revoke execute on function comply_private.fill_month(text, timestamptz, text) from public;
