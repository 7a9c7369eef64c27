-- Looks at what callers cannot all see, so it has the owner's rights; it shows no row of a tenant.
create or replace function comply.check_processing_recorded()
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
    'processing_recorded',
    'the record of processing has an activity that uses it',
    'tables with personal data',
    array(
      select (
        t.table_name,
        p.for_all or p.tenants_without = 0 and p.tenants > 0,
        jsonb_build_object('subject_kinds', t.subject_kinds, 'tenants_without', p.tenants_without),
        null
      )::comply_private.judged
      from (
        select l.table_name, jsonb_agg(distinct l.subject_kind) as subject_kinds
        from comply.column_labels as l
        where l.subject_kind is not null
        group by l.table_name
      ) as t
      cross join lateral (
        select
          exists (
            select
            from comply.processing_activities as a
            where a.tenant = '*'
              and t.table_name = any (a.tables)
              and comply.now() >= a.valid_from
              and comply.now() < coalesce(a.valid_until, 'infinity')
          ),
          count(*),
          count(*) filter (where not exists (
            select
            from comply.processing_activities as a
            where a.tenant = c.tenant_id
              and t.table_name = any (a.tables)
              and comply.now() >= a.valid_from
              and comply.now() < coalesce(a.valid_until, 'infinity')
          ))
        from comply.tenant_configs as c
      ) as p (for_all, tenants, tenants_without)
    )) as f;
end;
$$;

comment on function comply.check_processing_recorded() is
  'Check that each table with personal data is in the record of processing, for every tenant.';

revoke execute on function comply.check_processing_recorded() from public;
grant  execute on function comply.check_processing_recorded() to comply_auditor, comply_admin, comply_operator;
