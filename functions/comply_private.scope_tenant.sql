-- For functions with the owner's rights that read: those who may see every tenant do, a service its own
-- alone.
create or replace function comply_private.scope_tenant()
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_tenant text := comply.current_tenant();
  v_caller text := coalesce(nullif(current_setting('role'), 'none'), session_user);
begin
  if v_tenant is null and exists (
    select
    from pg_roles as r
    where r.rolname = v_caller
      and not r.rolsuper
      and (pg_has_role(r.oid, 'comply_app', 'member') or pg_has_role(r.oid, 'comply_reader', 'member'))
  ) then
    return comply.require_tenant();
  end if;

  return v_tenant;
end;
$$;

comment on function comply_private.scope_tenant() is
  'Return the tenant whose rows the caller may be shown; null: those of all. Raises PC004.';

revoke execute on function comply_private.scope_tenant() from public;
