-- Runs with the caller's rights: the names of roles are no secret. As roles are now, because the server keeps no
-- history of them.
create or replace function comply.privileged_roles()
returns table (role_name text, reason text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    r.rolname::text,
    case
      when r.rolsuper then 'superuser'
      when r.rolbypassrls then 'bypasses row security'
      when pg_has_role(r.oid, 'comply_owner', 'member') then 'member of comply_owner'
      when pg_has_role(r.oid, 'comply_admin', 'member') then 'member of comply_admin'
      when r.rolcreaterole then 'may grant roles'
      when not pg_has_role(r.oid, 'comply_app', 'member') then 'no service'
    end
  from pg_roles as r;
end;
$$;

comment on function comply.privileged_roles() is
  'Return every role of the server, and what makes it privileged here; null: it is a plain service.';

revoke execute on function comply.privileged_roles() from public;
grant  execute on function comply.privileged_roles() to comply_auditor, comply_admin;
