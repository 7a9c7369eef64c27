-- Looks at what callers cannot, so it has the owner's rights; it shows no row of a tenant.
create or replace function comply.check_rls_forced()
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
    'rls_forced',
    'row level security is enabled and forced',
    'tables',
    array(
      select (
        c.oid::regclass::text,
        c.relrowsecurity and c.relforcerowsecurity,
        jsonb_build_object('enabled', c.relrowsecurity, 'forced', c.relforcerowsecurity),
        null
      )::comply_private.judged
      from pg_class as c
      where c.relnamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
        and c.relkind in ('r', 'p')
        and not c.relispartition
    )) as f;
end;
$$;

comment on function comply.check_rls_forced() is
  'Check that row level security is enabled and forced on every table, so that the owner is bound as well.';

revoke execute on function comply.check_rls_forced() from public;
grant  execute on function comply.check_rls_forced() to comply_auditor, comply_admin, comply_operator;
