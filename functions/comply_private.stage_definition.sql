-- Types by their names in pg_catalog alone: what is recorded came from a caller, and a type of theirs could bring
-- code of theirs, which would run with the owner's rights.
create or replace function comply_private.stage_definition(columns text[], column_types text[])
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_definition text;
  v_bad        text;
begin
  select
    string_agg(format('%I %s', c.name, t.oid::regtype), ', ' order by c.position),
    min(c.name) filter (where t.oid is null)
  into v_definition, v_bad
  from unnest(stage_definition.columns, stage_definition.column_types) with ordinality as c (name, type, position)
  left join pg_type as t on t.oid = to_regtype(c.type) and t.typnamespace = 'pg_catalog'::regnamespace;

  if v_bad is not null or v_definition is null then
    raise exception 'column % has no type of PostgreSQL''s own', quote_nullable(v_bad)
      using errcode = 'PC313',
            hint    = 'Pass the columns and types that comply.open_archive() returns.';
  end if;

  return v_definition;
end;
$$;

comment on function comply_private.stage_definition(text[], text[]) is
  'Return the column list of a table for the rows of an archive. Raises PC313.';

revoke execute on function comply_private.stage_definition(text[], text[]) from public;
