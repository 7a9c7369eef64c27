-- Looks at values of all tenants, which callers may not, so it has the owner's rights; it tells how many look
-- like what. Volatile, as what it asks leaves rows in the access log while a tenant is verbose.
create or replace function comply.check_personal_data_labelled()
returns setof comply.finding
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return query
  select f.*
  from comply_private.findings_of(
    'personal_data_labelled',
    'no value looks like personal data',
    'columns',
    array(
      select (
        format('%s.%s', l.table_name, l.column_name),
        case when s.kinds is null then true when s.by_values then false end,
        jsonb_build_object('kinds', s.kinds, 'matched', s.matched, 'sampled', s.sampled),
        null
      )::comply_private.judged
      from (
        select c.table_name, c.column_name
        from comply.column_labels as c
        where c.classification in ('public', 'internal')
        union
        select u.table_name, u.column_name
        from comply.unclassified_columns() as u
        where u.data_type is not null
      ) as l
      left join (
        select
          p.table_name,
          p.column_name,
          jsonb_agg(distinct p.kind) as kinds,
          bool_or(p.reason = 'values') as by_values,
          max(p.matched) as matched,
          max(p.sampled) as sampled
        from comply.suspected_personal_data(100, 1) as p
        group by p.table_name, p.column_name
      ) as s on s.table_name = l.table_name and s.column_name = l.column_name
    )) as f;
end;
$$;

comment on function comply.check_personal_data_labelled() is
  'Check that no column that is labelled public or internal seems to have personal data, by a seeded sample '
  'of values; by its name alone it is for a person to judge.';

revoke execute on function comply.check_personal_data_labelled() from public;
grant  execute on function comply.check_personal_data_labelled() to comply_auditor, comply_admin, comply_operator;
