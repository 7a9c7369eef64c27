-- Looks at what callers cannot, so it has the owner's rights; it shows no row of a tenant.
create or replace function comply.check_server_patched()
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
    'server_patched',
    'a release at or above the floor of its branch',
    'server',
    array(
      select (
        'PostgreSQL',
        coalesce(v.version >= comply_private.security_floor(v.version), false),
        jsonb_build_object('version', v.version, 'floor', comply_private.security_floor(v.version)),
        null
      )::comply_private.judged
      from (select current_setting('server_version_num')::integer) as v (version)
    )) as f;
end;
$$;

comment on function comply.check_server_patched() is
  'Check that the server runs a supported release without a known hole that reaches what comply-db relies on.';

revoke execute on function comply.check_server_patched() from public;
grant  execute on function comply.check_server_patched() to comply_auditor, comply_admin, comply_operator;
