create or replace function comply_private.archived_table(table_name text)
returns regclass
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_table regclass;
  v_names text;
begin
  select c.oid
  into v_table
  from pg_class as c
  where c.relnamespace = 'comply'::regnamespace
    and c.relkind = 'p'
    and c.relname = archived_table.table_name;

  if not found then
    select string_agg(c.relname, ', ' order by c.relname)
    into v_names
    from pg_class as c
    where c.relnamespace = 'comply'::regnamespace
      and c.relkind = 'p';

    raise exception 'table % is not archived', quote_nullable(archived_table.table_name)
      using errcode = 'PC311',
            hint    = format('Pass one of %s.', v_names);
  end if;

  return v_table;
end;
$$;

comment on function comply_private.archived_table(text) is
  'Return the table of schema comply that has this name, if it is one with months. Raises PC311.';

revoke execute on function comply_private.archived_table(text) from public;
