-- Reads keys of all tenants, which callers cannot, so it has the owner's rights.
create or replace function comply.keys_to_rewrap(
  wrapper   text,
  tenant_id text    default null,
  row_limit integer default 100
)
returns table (tenant text, key_id uuid, purpose text, alg text, old_wrapper text, wrapped bytea)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
#variable_conflict use_column
begin
  return query
  select k.tenant_id, k.key_id, k.purpose, k.alg, coalesce(k.kek_kid, k.wrapped_by::text), k.wrapped
  from comply_private.data_keys as k
  where k.state <> 'shredded'
    and case
      when keys_to_rewrap.tenant_id is null then k.kek_kid <> keys_to_rewrap.wrapper
      else k.tenant_id = keys_to_rewrap.tenant_id and k.wrapped_by::text <> keys_to_rewrap.wrapper
    end
  order by k.tenant_id, k.key_id
  limit keys_to_rewrap.row_limit;
end;
$$;

comment on function comply.keys_to_rewrap(text, text, integer) is
  'Return keys that another key outside the database wraps than the one named; with a tenant, its subjects'' keys that '
  'another of its own wraps.';

revoke execute on function comply.keys_to_rewrap(text, text, integer) from public;
grant  execute on function comply.keys_to_rewrap(text, text, integer)
  to comply_admin;
