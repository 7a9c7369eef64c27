-- Looks at what callers cannot, so it has the owner's rights; it shows no row of a tenant. What an owner may is not
-- granted, so it is not here. A partition is asked like any table, as nothing should be granted on it. A login that
-- comes into a role by way of a group is a member as well, or whoever fills the group would pass by every review.
create or replace function comply.entitlements()
returns table (grantee text, privilege text, kind text, object text, is_grantable boolean)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
  with recursive ours as (
    select n.oid, n.nspname, n.nspowner, n.nspacl
    from pg_namespace as n
    where n.nspname in ('comply', 'comply_private')
  ),
  acl as (
    select 'schema' as kind, o.nspname::text as object, o.nspowner as owner, o.nspacl as acl
    from ours as o
    union all
    select
      case c.relkind when 'S' then 'sequence' when 'v' then 'view' else 'table' end,
      c.oid::regclass::text,
      c.relowner,
      c.relacl
    from pg_class as c
    where c.relnamespace in (select o.oid from ours as o)
      and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
    union all
    select 'column', format('%s.%I', c.oid::regclass, a.attname), c.relowner, a.attacl
    from pg_class as c
    join pg_attribute as a on a.attrelid = c.oid and a.attacl is not null and not a.attisdropped
    where c.relnamespace in (select o.oid from ours as o)
    union all
    select 'function', p.oid::regprocedure::text, p.proowner, coalesce(p.proacl, acldefault('f', p.proowner))
    from pg_proc as p
    where p.pronamespace in (select o.oid from ours as o)
    union all
    select 'database', d.datname::text, d.datdba, coalesce(d.datacl, acldefault('d', d.datdba))
    from pg_database as d
    where d.datname = current_database()
  ),
  member as (
    select m.roleid::regrole::text as role_name, m.member, m.admin_option
    from pg_auth_members as m
    where m.roleid::regrole::text ~ '^comply_(owner|app|reader|analyst|auditor|admin|operator)$'
    union
    select g.role_name, m.member, m.admin_option
    from member as g
    join pg_auth_members as m on m.roleid = g.member
  )
  select
    case x.grantee when 0 then 'PUBLIC' else x.grantee::regrole::text end,
    x.privilege_type,
    a.kind,
    a.object,
    x.is_grantable
  from acl as a
  cross join lateral aclexplode(a.acl) as x
  where x.grantee <> a.owner
  union all
  select m.member::regrole::text, 'MEMBER', 'role', m.role_name, bool_or(m.admin_option)
  from member as m
  group by m.member, m.role_name
  order by 3, 4, 1, 2;
end;
$$;

comment on function comply.entitlements() is
  'Return who may do what: each grant on a schema, table, column, sequence, view, function or the database, and each '
  'membership in a role of comply-db, also by way of another role.';

revoke execute on function comply.entitlements() from public;
grant  execute on function comply.entitlements() to comply_auditor, comply_admin;
