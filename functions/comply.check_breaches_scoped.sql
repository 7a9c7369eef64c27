-- Looks at what callers cannot all see, so it has the owner's rights; it shows no row of a tenant.
create or replace function comply.check_breaches_scoped()
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
    'breaches_scoped',
    'the trail keeps whose rows were changed',
    'tenants',
    array(
      select (
        c.tenant_id,
        c.audit_level <> 'minimal',
        jsonb_build_object('audit_level', c.audit_level, 'reads_logged', c.audit_level = 'verbose'),
        c.tenant_id
      )::comply_private.judged
      from comply.tenant_configs as c
    )) as f;
end;
$$;

comment on function comply.check_breaches_scoped() is
  'Check that the trail of each tenant keeps what comply.breach_scope() needs: without images nobody can '
  'tell whose data an actor touched.';

revoke execute on function comply.check_breaches_scoped() from public;
grant  execute on function comply.check_breaches_scoped() to comply_auditor, comply_admin, comply_operator;
