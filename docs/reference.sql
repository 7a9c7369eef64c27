-- Prints docs/reference.md from the catalog of an installed database: psql -XAtq -f docs/reference.sql
\pset footer off

select $$# Reference

Generated from the catalog by docs/reference.sql; `make docs` writes it again, and a test holds the two together.
Internals in schema comply_private are left out: nobody but the owner calls them.

## Functions
$$;

select format(
  E'### %s\n\n```sql\n%s(%s)\nreturns %s\n```\n\n%s\n\n%s%s. %s\n',
  p.proname,
  p.oid::regproc,
  case when p.pronargs > 1
    then E'\n  ' || replace(pg_get_function_arguments(p.oid), ', ', E',\n  ') || E'\n'
    else pg_get_function_arguments(p.oid)
  end,
  case when pg_get_function_result(p.oid) like 'TABLE(%'
    then E'table (\n  ' || replace(substring(pg_get_function_result(p.oid) from 7 for length(pg_get_function_result(p.oid)) - 7), ', ', E',\n  ') || E'\n)'
    else pg_get_function_result(p.oid)
  end,
  obj_description(p.oid, 'pg_proc'),
  case p.provolatile when 'i' then 'Immutable' when 's' then 'Stable' else 'Volatile' end,
  case when p.prosecdef then ', with the owner''s rights' else '' end,
  coalesce(
    'For ' || string_agg(format('`%s`', x.grantee::regrole), ', ' order by x.grantee::regrole::text)
      filter (where x.grantee <> p.proowner) || '.',
    'Granted to nobody.'))
from pg_proc as p
left join lateral aclexplode(p.proacl) as x on true
where p.pronamespace = 'comply'::regnamespace
group by p.oid
order by p.proname;

select E'## Tables\n';

select format(
  E'### %s\n\n%s\n\n| column | type | null | meaning |\n| --- | --- | --- | --- |\n%s\n\n%s\n',
  c.relname,
  obj_description(c.oid, 'pg_class'),
  (
    select string_agg(
      format('| `%s` | %s | %s | %s |', a.attname, format_type(a.atttypid, a.atttypmod),
             case when a.attnotnull then 'no' else 'yes' end, replace(col_description(c.oid, a.attnum), '|', '\|')),
      E'\n' order by a.attnum)
    from pg_attribute as a
    where a.attrelid = c.oid
      and a.attnum > 0
      and not a.attisdropped
  ),
  coalesce(
    'Rows are read by ' || (
      select string_agg(distinct format('`%s`', x.grantee::regrole), ', ')
      from aclexplode(c.relacl) as x
      where x.grantee <> c.relowner
        and x.privilege_type = 'SELECT'
    ) || '.',
    'Read by nobody.'))
from pg_class as c
where c.relnamespace = 'comply'::regnamespace
  and c.relkind in ('r', 'p')
  and not c.relispartition
order by c.relname;
