-- Looks at what callers cannot all see, so it has the owner's rights; it shows no row of a tenant.
create or replace function comply.check_subjects_exportable()
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
    'subjects_exportable',
    'the export of a subject finds its rows',
    'tables with data of subjects',
    array(
      select (
        l.table_name,
        l.table_name in (select p.table_name from comply_private.subject_places() as p)
          or l.table_name = any (comply_private.evidence_tables())
          or exists (
            select
            from pg_attribute as a
            where a.attrelid = to_regclass(format('comply.%I', l.table_name))
              and a.attname = 'subject_digest'
              and not a.attisdropped
          ),
        jsonb_build_object('columns', l.columns),
        null
      )::comply_private.judged
      from (
        select c.table_name, jsonb_agg(c.column_name order by c.column_name) as columns
        from comply.column_labels as c
        where c.subject_kind <> 'staff'
        group by c.table_name
      ) as l
    )) as f;
end;
$$;

comment on function comply.check_subjects_exportable() is
  'Check that the export of a subject, and so its erasure, finds each table with data of those outside: by a '
  'column that names the subject, by its digest, or as evidence.';

revoke execute on function comply.check_subjects_exportable() from public;
grant  execute on function comply.check_subjects_exportable() to comply_auditor, comply_admin, comply_operator;
