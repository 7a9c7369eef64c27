-- Reads keys of all tenants, which callers cannot, so it has the owner's rights; it shows none. Subjects are counted,
-- not listed: there may be millions.
create or replace function comply.key_inventory(tenant_id text default null)
returns table (
  tenant      text,
  purpose     text,
  scope       text,
  version     integer,
  state       text,
  keys        bigint,
  key_id      uuid,
  wrapper     text,
  created_at  timestamptz,
  rotated_at  timestamptz,
  shredded_at timestamptz
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
#variable_conflict use_column
begin
  return query
  select
    k.tenant_id, k.purpose, coalesce(k.table_name || '.' || k.column_name, 'tenant'), k.version,
    k.state, 1::bigint, k.key_id, k.kek_kid, k.created_at, k.rotated_at, k.shredded_at
  from comply_private.data_keys as k
  where k.subject_digest is null
    and (key_inventory.tenant_id is null or k.tenant_id = key_inventory.tenant_id)
  union all
  select
    k.tenant_id, k.purpose, 'subjects', null, k.state, count(*), null, k.wrapped_by::text, min(k.created_at),
    max(k.rotated_at), max(k.shredded_at)
  from comply_private.data_keys as k
  where k.subject_digest is not null
    and (key_inventory.tenant_id is null or k.tenant_id = key_inventory.tenant_id)
  group by k.tenant_id, k.purpose, k.state, k.wrapped_by
  order by 1, 2 desc, 3 desc, 4, 5, 8;
end;
$$;

comment on function comply.key_inventory(text) is
  'Return which keys there are, by tenant, purpose and scope, what wraps them and what became of them; never a key. '
  'Those of subjects are counted.';

revoke execute on function comply.key_inventory(text) from public;
grant  execute on function comply.key_inventory(text)
  to comply_auditor, comply_admin, comply_operator;
