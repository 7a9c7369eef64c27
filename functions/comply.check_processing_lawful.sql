-- Looks at what callers cannot all see, so it has the owner's rights; it shows no row of a tenant.
create or replace function comply.check_processing_lawful()
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
    'processing_lawful',
    'it names a legal basis',
    'activities',
    array(
      select (
        format('%s: %s', a.tenant, a.name),
        a.legal_basis is not null,
        jsonb_build_object('role', a.role, 'tables', cardinality(a.tables)),
        case when a.tenant <> '*' then a.tenant end
      )::comply_private.judged
      from comply.processing_activities as a
      where comply.now() >= a.valid_from
        and comply.now() < coalesce(a.valid_until, 'infinity')
    )) as f;
end;
$$;

comment on function comply.check_processing_lawful() is
  'Check that each activity of the record of processing names a legal basis.';

revoke execute on function comply.check_processing_lawful() from public;
grant  execute on function comply.check_processing_lawful() to comply_auditor, comply_admin, comply_operator;
