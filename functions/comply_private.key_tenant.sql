-- The role that is asked about is the one that calls: inside a definer, current_user is the owner.
create or replace function comply_private.key_tenant(tenant_id text)
returns text
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_caller text := coalesce(nullif(current_setting('role'), 'none'), session_user);
begin
  if key_tenant.tenant_id is null then
    return comply.require_tenant();
  end if;

  if key_tenant.tenant_id is distinct from comply.current_tenant()
     and not pg_has_role(v_caller, 'comply_auditor', 'usage')
     and not pg_has_role(v_caller, 'comply_admin', 'usage')
  then
    perform comply_private.refuse(
      'PC325', format('the keys of tenant %s are not for %s', quote_literal(key_tenant.tenant_id), v_caller),
      'Call comply.enter() for the tenant first, or ask as comply_auditor or comply_admin.');
  end if;

  return key_tenant.tenant_id;
end;
$$;

comment on function comply_private.key_tenant(text) is
  'Return the tenant whose keys the caller may use: the one in context, or any for auditors and administrators. '
  'Raises PC004, PC325.';

revoke execute on function comply_private.key_tenant(text) from public;
