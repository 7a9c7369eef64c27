-- Writes keys, which callers cannot, so it has the owner's rights. Under the lock of the tenant's row, so that two who
-- add a key at once make two versions. A service makes keys of subjects as they come; keys of tenants are an
-- administrator's.
create or replace function comply.add_data_key(
  tenant_id   text,
  key_id      uuid,
  wrapped     bytea,
  alg         text,
  wrapper     text,
  check_value bytea,
  subject_id  text default null,
  table_name  text default null,
  column_name text default null
)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_caller  text := coalesce(nullif(current_setting('role'), 'none'), session_user);
  v_tenant  text := comply_private.key_tenant(add_data_key.tenant_id);
  v_purpose text := case when add_data_key.table_name is null then 'enc' else 'bidx' end;
  v_subject bytea := comply_private.subject_digest(v_tenant, add_data_key.subject_id);
  v_above   uuid;
  v_version integer;
begin
  if add_data_key.subject_id is null and not pg_has_role(v_caller, 'comply_admin', 'usage') then
    perform comply_private.refuse(
      'PC325', format('a key of tenant %s is not added by %s', quote_literal(v_tenant), v_caller),
      'Have comply_admin add it: comply-db keys add.');
  end if;

  if v_purpose = 'bidx' and not exists (
       select
       from comply.blind_indexes as i
       where i.table_name = add_data_key.table_name
         and i.column_name = add_data_key.column_name
     )
  then
    raise exception '%.% is no blind index', add_data_key.table_name, add_data_key.column_name
      using errcode = 'PC326',
            hint    = 'Register it first: comply.index_column().';
  end if;

  perform
  from comply.tenant_configs as t
  where t.tenant_id = v_tenant
  for no key update;

  if not found then
    raise exception 'tenant % is unknown', quote_literal(v_tenant)
      using errcode = 'PC003',
            hint    = 'Check the spelling, or add the tenant as comply_admin with comply.add_tenant().';
  end if;

  if v_subject is not null then
    v_above := add_data_key.wrapper::uuid;
  end if;

  select coalesce(max(k.version), 0) + 1
  into v_version
  from comply_private.data_keys as k
  where k.tenant_id = v_tenant
    and k.purpose = v_purpose
    and (k.subject_digest, k.table_name, k.column_name)
        is not distinct from (v_subject, add_data_key.table_name, add_data_key.column_name);

  update comply_private.data_keys as k
  set state = 'retiring',
      rotated_at = comply.now()
  where k.tenant_id = v_tenant
    and k.purpose = v_purpose
    and k.state = 'active'
    and (k.subject_digest, k.table_name, k.column_name)
        is not distinct from (v_subject, add_data_key.table_name, add_data_key.column_name);

  insert into comply_private.data_keys (
    tenant_id, key_id, purpose, subject_digest, table_name, column_name, version, wrapped, alg, kek_kid, wrapped_by,
    check_value)
  values (
    v_tenant, add_data_key.key_id, v_purpose, v_subject, add_data_key.table_name, add_data_key.column_name, v_version,
    add_data_key.wrapped, add_data_key.alg,
    case when v_above is null then add_data_key.wrapper end, v_above, add_data_key.check_value);

  return v_version;
end;
$$;

comment on function comply.add_data_key(text, uuid, bytea, text, text, bytea, text, text, text) is
  'Add a wrapped key: of the tenant, of a subject, or of a blind index; it seals from now on, what was active only '
  'opens. Returns its version. comply-db keys add makes one. Raises PC003, PC325, PC326.';

revoke execute on function comply.add_data_key(text, uuid, bytea, text, text, bytea, text, text, text) from public;
grant  execute on function comply.add_data_key(text, uuid, bytea, text, text, bytea, text, text, text)
  to comply_app, comply_admin;
