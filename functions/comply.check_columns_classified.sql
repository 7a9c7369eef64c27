-- Looks at what callers cannot all see, so it has the owner's rights; it shows no row of a tenant.
create or replace function comply.check_columns_classified()
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
    'columns_classified',
    'somebody has said what it holds',
    'columns',
    array(
      select (
        format('%s.%s', coalesce(u.table_name, c.relname), coalesce(u.column_name, c.attname)),
        u.problem is null,
        jsonb_build_object('problem', u.problem),
        null
      )::comply_private.judged
      from (
        select k.relname, t.attname
        from pg_class as k
        join pg_attribute as t on t.attrelid = k.oid and t.attnum > 0 and not t.attisdropped
        where k.relnamespace = 'comply'::regnamespace
          and k.relkind in ('r', 'p')
          and not k.relispartition
      ) as c
      full join comply.unclassified_columns() as u on u.table_name = c.relname and u.column_name = c.attname
    )) as f;
end;
$$;

comment on function comply.check_columns_classified() is
  'Check that somebody has classified each column of schema comply, and that no label is left of one that is '
  'gone.';

revoke execute on function comply.check_columns_classified() from public;
grant  execute on function comply.check_columns_classified() to comply_auditor, comply_admin, comply_operator;
