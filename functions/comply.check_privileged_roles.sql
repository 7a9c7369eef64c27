-- Looks at what callers cannot, so it has the owner's rights; it shows no row of a tenant. The superuser
-- that the server was made with is there on every server. Who replicates reads the files of every table. What a provider
-- or a backup needs is to be accepted.
create or replace function comply.check_privileged_roles()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_may text := case when current_setting('server_version_num')::integer >= 160000 then 'usage, set' else 'member' end;
begin
  return query
  select f.*
  from comply_private.findings_of(
    'privileged_roles',
    'no superuser, BYPASSRLS or REPLICATION besides the first, nobody who runs programs or touches files on the server, no '
    'attribute on roles of comply-db, no service that may act for the owner',
    'roles',
    array(
      select (
        r.rolname,
        case
          when r.oid = 10 then true
          else not (
            r.rolsuper
            or r.rolbypassrls
            or r.rolreplication
            or r.is_on_server
            or (r.is_owner and r.is_service)
            or (r.is_ours and (r.rolcanlogin or r.rolcreaterole or r.rolcreatedb))
          )
        end,
        jsonb_build_object(
          'superuser', r.rolsuper, 'bypasses_rls', r.rolbypassrls, 'replicates', r.rolreplication,
          'may_log_in', r.rolcanlogin,
          'acts_on_server', r.is_on_server, 'acts_for_owner', r.is_owner, 'is_service', r.is_service),
        null
      )::comply_private.judged
      from (
        select
          r.*,
          r.rolname in ('comply_owner', 'comply_app', 'comply_reader', 'comply_analyst', 'comply_auditor',
                        'comply_admin', 'comply_operator') as is_ours,
          pg_has_role(r.oid, 'pg_execute_server_program', 'member')
          or pg_has_role(r.oid, 'pg_write_server_files', 'member')
          or pg_has_role(r.oid, 'pg_read_server_files', 'member') as is_on_server,
          pg_has_role(r.oid, 'comply_owner', 'member') as is_owner,
          pg_has_role(r.oid, 'comply_app', v_may) or pg_has_role(r.oid, 'comply_reader', v_may) as is_service
        from pg_roles as r
        where r.rolname !~ '^pg_'
      ) as r
      where r.rolsuper
         or r.rolbypassrls
         or r.rolreplication
         or r.is_ours
         or r.is_owner
         or r.is_on_server
    )) as f;
end;
$$;

comment on function comply.check_privileged_roles() is
  'Check that nobody but the first superuser passes by row level security or acts on the server, that the '
  'roles of comply-db have no attribute of their own, and that no service acts for their owner.';

revoke execute on function comply.check_privileged_roles() from public;
grant  execute on function comply.check_privileged_roles() to comply_auditor, comply_admin, comply_operator;
