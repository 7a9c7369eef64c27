-- For functions with the owner's rights, which no policy stops: in the context of a tenant nobody works for another,
-- and who is in a role of services needs one, whatever roles it has besides. A superuser is in every role.
create or replace function comply_private.require_scope(tenant_id text)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_context text := comply.current_tenant();
  v_caller  text := coalesce(nullif(current_setting('role'), 'none'), session_user);
begin
  if v_context is distinct from require_scope.tenant_id
     and (
       v_context is not null
       or require_scope.tenant_id is null
       or exists (
         select
         from pg_roles as r
         where r.rolname = v_caller
           and not r.rolsuper
           and (pg_has_role(r.oid, 'comply_app', 'member') or pg_has_role(r.oid, 'comply_reader', 'member'))
       )
     )
  then
    perform comply_private.refuse(
      'PC332', format('tenant %s is not the tenant in context', quote_nullable(require_scope.tenant_id)),
      'Call comply.enter() for that tenant, or as an administrator for none.');
  end if;

  if not exists (select from comply.tenant_configs as c where c.tenant_id = require_scope.tenant_id) then
    raise exception 'tenant % is unknown', quote_literal(require_scope.tenant_id)
      using errcode = 'PC003',
            hint    = 'Check the spelling.';
  end if;
end;
$$;

comment on function comply_private.require_scope(text) is
  'Refuse to work for a tenant that is unknown, or not the one in context. Raises PC003, PC332.';

revoke execute on function comply_private.require_scope(text) from public;
