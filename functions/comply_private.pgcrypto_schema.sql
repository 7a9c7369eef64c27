-- Whatever path the caller has: an extension is where the catalog says, and nowhere else. Asks as the owner, whose
-- rights count when a field is sealed.
create or replace function comply_private.pgcrypto_schema()
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_schema text;
begin
  select n.nspname
  into v_schema
  from pg_extension as e
  join pg_namespace as n on n.oid = e.extnamespace
  where e.extname = 'pgcrypto';

  if not found then
    raise exception 'pgcrypto is not installed in database %', current_database()
      using errcode = 'PC320',
            hint    = 'As an administrator: create extension pgcrypto; on Azure allow it first in azure.extensions.';
  end if;

  if not has_schema_privilege(v_schema, 'usage') then
    raise exception 'comply_owner may not use pgcrypto in schema %', v_schema
      using errcode = 'PC320',
            hint    = format('As its owner: grant usage on schema %I to comply_owner;', v_schema);
  end if;

  return v_schema;
end;
$$;

comment on function comply_private.pgcrypto_schema() is 'Return the schema that pgcrypto is in. Raises PC320.';

revoke execute on function comply_private.pgcrypto_schema() from public;
