-- Reads keys that callers cannot, so it has the owner's rights. What it returns opens nothing without the key that
-- wraps it, which is not in the database.
create or replace function comply.wrapped_keys(
  tenant_id  text   default null,
  subject_id text   default null,
  key_ids    uuid[] default null
)
returns table (
  key_id      uuid,
  purpose     text,
  version     integer,
  state       text,
  is_subject  boolean,
  table_name  text,
  column_name text,
  alg         text,
  wrapper     text,
  wrapped     bytea
)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
#variable_conflict use_column
declare
  v_tenant text := comply_private.key_tenant(wrapped_keys.tenant_id);
begin
  return query
  select
    k.key_id, k.purpose, k.version, k.state, k.subject_digest is not null, k.table_name, k.column_name, k.alg,
    coalesce(k.kek_kid, k.wrapped_by::text), k.wrapped
  from comply_private.data_keys as k
  where k.tenant_id = v_tenant
    and k.state <> 'shredded'
    and case
      when wrapped_keys.key_ids is not null then k.key_id = any (wrapped_keys.key_ids)
      when k.subject_digest is null then true
      else k.subject_digest = comply_private.subject_digest(v_tenant, wrapped_keys.subject_id)
    end
  order by k.purpose, k.subject_digest nulls first, k.table_name, k.column_name, k.version desc;
end;
$$;

comment on function comply.wrapped_keys(text, text, uuid[]) is
  'Return the keys of a tenant, with those of a subject if one is named, or only those with the ids; wrapped, the '
  'newest of each first. wrapper is the key that unwraps: of a subject''s, one of the tenant''s. Raises PC004, PC325.';

revoke execute on function comply.wrapped_keys(text, text, uuid[]) from public;
grant  execute on function comply.wrapped_keys(text, text, uuid[])
  to comply_app, comply_reader, comply_auditor, comply_admin;
