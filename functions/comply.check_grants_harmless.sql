-- Looks at what callers cannot, so it has the owner's rights; it shows no row of a tenant.
create or replace function comply.check_grants_harmless()
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
    'grants_harmless',
    'no TRUNCATE, REFERENCES, TRIGGER, MAINTAIN or CREATE, nothing for PUBLIC, nothing to grant on, no way into '
    'comply_private, and nothing granted on objects to come',
    'grants',
    array(
      select (
        format('%s on %s %s to %s', e.privilege, e.kind, e.object, e.grantee),
        e.grantee <> 'PUBLIC'
        and not e.is_grantable
        and e.privilege not in ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN', 'CREATE')
        and not (e.kind = 'schema' and e.object = 'comply_private'),
        jsonb_build_object('grantee', e.grantee, 'privilege', e.privilege, 'grantable', e.is_grantable),
        null
      )::comply_private.judged
      from comply.entitlements() as e
      where e.kind not in ('role', 'database')
      union all
      select (
        format('%s on objects to come of %s to %s', x.privilege_type, d.defaclrole::regrole,
               case x.grantee when 0 then 'PUBLIC' else x.grantee::regrole::text end),
        false,
        jsonb_build_object('kind', d.defaclobjtype, 'schema', nullif(d.defaclnamespace, 0)::regnamespace),
        null
      )::comply_private.judged
      from pg_default_acl as d
      cross join lateral aclexplode(d.defaclacl) as x
      where x.grantee <> d.defaclrole
        and (
          d.defaclnamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
          or (d.defaclrole = 'comply_owner'::regrole and d.defaclnamespace = 0)
        )
    )) as f;
end;
$$;

comment on function comply.check_grants_harmless() is
  'Check that nobody is granted what gets around policies or spreads by itself: TRUNCATE, REFERENCES, '
  'TRIGGER, MAINTAIN, anything for PUBLIC, to create objects or to grant on, to enter comply_private, or by '
  'default.';

revoke execute on function comply.check_grants_harmless() from public;
grant  execute on function comply.check_grants_harmless() to comply_auditor, comply_admin, comply_operator;
