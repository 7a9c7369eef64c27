-- Looks at what callers cannot, so it has the owner's rights; it shows no row of a tenant. The superuser
-- that the server was made with is there on every server. What a provider or a backup needs is to be accepted.
create or replace function comply.check_privileged_roles()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return query
  select f.*
  from comply_private.findings_of(
    'privileged_roles',
    'no superuser or BYPASSRLS besides the first, no attribute on roles of comply-db, no service that may act for the '
    'owner',
    'roles',
    array(
      select (
        r.rolname,
        case
          when r.oid = 10 then true
          when r.is_ours then not (r.rolsuper or r.rolbypassrls or r.rolcanlogin or r.rolcreaterole or r.rolcreatedb
                                   or r.rolreplication)
          else not (r.rolsuper or r.rolbypassrls or (r.is_owner and r.is_service))
        end,
        jsonb_build_object(
          'superuser', r.rolsuper, 'bypasses_rls', r.rolbypassrls, 'may_log_in', r.rolcanlogin,
          'acts_for_owner', r.is_owner, 'is_service', r.is_service),
        null
      )::comply_private.judged
      from (
        select
          r.*,
          r.rolname in ('comply_owner', 'comply_app', 'comply_reader', 'comply_analyst', 'comply_auditor',
                        'comply_admin', 'comply_operator') as is_ours,
          pg_has_role(r.oid, 'comply_owner', 'member') as is_owner,
          pg_has_role(r.oid, 'comply_app', 'usage') or pg_has_role(r.oid, 'comply_reader', 'usage') as is_service
        from pg_roles as r
      ) as r
      where r.rolsuper
         or r.rolbypassrls
         or r.is_ours
         or r.is_owner
    )) as f;
end;
$$;

comment on function comply.check_privileged_roles() is
  'Check that nobody but the first superuser passes by row level security, that the roles of comply-db have no attribute '
  'of their own, and that no service acts for their owner.';

revoke execute on function comply.check_privileged_roles() from public;
grant  execute on function comply.check_privileged_roles() to comply_auditor, comply_admin, comply_operator;
