-- Roles are judged as they are now, because the server keeps no history of them.
create or replace function comply_private.role_privileges()
returns table (role_name text, reason text)
language sql
stable
begin atomic
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

comment on function comply_private.role_privileges() is
  'Return every role, and what makes it privileged, as comply.privileged_activity() judges it; null: nothing does.';

revoke execute on function comply_private.role_privileges() from public;
