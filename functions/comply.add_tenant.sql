create or replace function comply.add_tenant(
  tenant_id    text,
  display_name text default null,
  audit_level  text default 'standard'
)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into comply.tenant_configs (tenant_id, display_name, audit_level)
  values (add_tenant.tenant_id, coalesce(add_tenant.display_name, add_tenant.tenant_id), add_tenant.audit_level)
  on conflict on constraint tenant_configs_pkey do nothing;

  return found;
end;
$$;

comment on function comply.add_tenant(text, text, text) is
  'Add a tenant; true if this call added it, false if it was there. Other settings are columns of '
  'comply.tenant_configs. Idempotent.';

revoke execute on function comply.add_tenant(text, text, text) from public;
grant  execute on function comply.add_tenant(text, text, text) to comply_admin;
