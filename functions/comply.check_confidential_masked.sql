-- Looks at what callers cannot all see, so it has the owner's rights; it shows no row of a tenant.
create or replace function comply.check_confidential_masked()
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
    'confidential_masked',
    'only who works with the data or examines it reads it',
    'confidential and restricted columns',
    array(
      with exposed as materialized (
        select * from comply.exposed_columns()
      )
      select (
        format('%s.%s', l.table_name, l.column_name),
        e.readers is null,
        jsonb_build_object('readers', e.readers),
        null
      )::comply_private.judged
      from comply.column_labels as l
      left join lateral (
        select jsonb_agg(
          format('%s from %s.%s', x.grantee, x.relation, x.column_name) order by x.relation, x.grantee)
        from exposed as x
        where x.made_of = format('comply.%s.%s', l.table_name, l.column_name)
           or (
             x.made_of is null
             and x.relation = format('comply.%I', l.table_name)
             and x.column_name = l.column_name
           )
      ) as e (readers) on true
      where l.classification in ('confidential', 'restricted')
    )) as f;
end;
$$;

comment on function comply.check_confidential_masked() is
  'Check that nobody reads a confidential or restricted column who is not meant to: not from its table, not '
  'through a view that is made of it.';

revoke execute on function comply.check_confidential_masked() from public;
grant  execute on function comply.check_confidential_masked() to comply_auditor, comply_admin, comply_operator;
