-- Reads the rights of all and labels, which callers may not all, so it has the owner's rights; it shows no
-- row of a table. Those who work with the data and those who examine it are meant to read it: row level
-- security bounds what they see.
create or replace function comply.exposed_columns()
returns table (
  grantee        text,
  relation       text,
  column_name    text,
  classification text,
  made_of        text
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
#variable_conflict use_column
begin
  return query
  with hidden as (
    select c.oid, a.attnum, l.classification, null::text as made_of
    from comply.column_labels as l
    join pg_class as c on c.relname = l.table_name and c.relnamespace = 'comply'::regnamespace
    join pg_attribute as a on a.attrelid = c.oid and a.attname = l.column_name and not a.attisdropped
    where l.classification in ('confidential', 'restricted')
    union
    select c.oid, a.attnum, l.classification, format('%s.%s.%s', v.table_schema, v.table_name, v.column_name)
    from comply.column_lineage() as v
    join comply.column_labels as l on l.table_name = v.table_name and l.column_name = v.column_name
    join pg_class as c on c.relname = v.view_relation and c.relnamespace::regnamespace::text = v.view_schema
    join pg_attribute as a on a.attrelid = c.oid and a.attname = v.view_column
    where v.table_schema = 'comply'
      and v.kind <> 'aggregation'
      and l.classification in ('confidential', 'restricted')
  )
  select
    case when x.grantee = 0 then 'public' else x.grantee::regrole::text end,
    format('%I.%I', c.relnamespace::regnamespace::text, c.relname),
    a.attname::text,
    h.classification,
    h.made_of
  from hidden as h
  join pg_class as c on c.oid = h.oid
  join pg_attribute as a on a.attrelid = h.oid and a.attnum = h.attnum
  cross join lateral (
    select p.grantee from aclexplode(c.relacl) as p where p.privilege_type = 'SELECT'
    union
    select p.grantee from aclexplode(a.attacl) as p where p.privilege_type = 'SELECT'
  ) as x
  where x.grantee <> c.relowner
    and x.grantee not in (
      'comply_app'::regrole, 'comply_reader'::regrole, 'comply_auditor'::regrole, 'comply_admin'::regrole)
  order by 1, 2, 3, 5;
end;
$$;

comment on function comply.exposed_columns() is
  'Return who may read a confidential or restricted column without being meant to: analysts, operators, '
  'PUBLIC or a foreign role, from the table or from a view that is made of it; no row: nobody.';

revoke execute on function comply.exposed_columns() from public;
grant  execute on function comply.exposed_columns() to comply_auditor, comply_admin, comply_operator;
