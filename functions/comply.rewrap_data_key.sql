-- Writes keys, which callers cannot, so it has the owner's rights. Compares with what wrapped the key when it was
-- read, so that of two who wrap it anew one does, and a rotation that was cut off is simply run again.
create or replace function comply.rewrap_data_key(
  tenant_id   text,
  key_id      uuid,
  old_wrapper text,
  wrapped     bytea,
  alg         text,
  new_wrapper text
)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_above uuid;
begin
  if rewrap_data_key.alg = 'envelope-1' then
    v_above := rewrap_data_key.new_wrapper::uuid;
  end if;

  update comply_private.data_keys as k
  set wrapped = rewrap_data_key.wrapped,
      alg = rewrap_data_key.alg,
      kek_kid = case when v_above is null then rewrap_data_key.new_wrapper end,
      wrapped_by = v_above
  where k.tenant_id = rewrap_data_key.tenant_id
    and k.key_id = rewrap_data_key.key_id
    and k.state <> 'shredded'
    and coalesce(k.kek_kid, k.wrapped_by::text) = rewrap_data_key.old_wrapper;

  return found;
end;
$$;

comment on function comply.rewrap_data_key(text, uuid, text, bytea, text, text) is
  'Replace how a key is wrapped, if it still is by the old wrapper; return whether. The key itself stays.';

revoke execute on function comply.rewrap_data_key(text, uuid, text, bytea, text, text) from public;
grant  execute on function comply.rewrap_data_key(text, uuid, text, bytea, text, text)
  to comply_admin;
