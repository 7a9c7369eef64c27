-- Reads the catalog, which everybody may, but by functions that nobody may call, so it has the owner's
-- rights. Views over views are followed to tables. OFFSET 0 takes each view apart once.
create or replace function comply.column_lineage(view_name regclass default null)
returns table (
  view_schema   text,
  view_relation text,
  view_column   text,
  table_schema  text,
  table_name    text,
  column_name   text,
  kind          text
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
#variable_conflict use_column
begin
  return query
  with recursive over_ours as (
    select w.ev_class
    from pg_class as c
    join pg_depend as d on d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid
    join pg_rewrite as w on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
    where c.relnamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
      and w.rulename = '_RETURN'
    union
    select w.ev_class
    from over_ours as u
    join pg_depend as d on d.refclassid = 'pg_class'::regclass and d.refobjid = u.ev_class
    join pg_rewrite as w on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and w.rulename = '_RETURN'
  ),
  needed as (
    select column_lineage.view_name::oid as oid
    where column_lineage.view_name is not null
    union
    select d.refobjid
    from needed as n
    join pg_rewrite as w on w.ev_class = n.oid
    join pg_depend as d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
                       and d.refclassid = 'pg_class'::regclass
  ),
  made_of as materialized (
    select distinct r.ev_class as view_oid, l.column_no, l.relation, a.attnum::integer as attnum, l.kind
    from (
      select w.ev_class, (comply_private.node_items('{' || w.ev_action::text || '}'))[1] as query
      from over_ours as u
      join pg_rewrite as w on w.ev_class = u.ev_class and w.rulename = '_RETURN'
      where column_lineage.view_name is null
         or u.ev_class in (select n.oid from needed as n)
      offset 0
    ) as r
    cross join lateral comply_private.query_lineage(r.query) as l
    join pg_attribute as a on a.attrelid = l.relation and a.attnum > 0 and not a.attisdropped
                          and (a.attnum = l.attnum or l.attnum = 0)
  ),
  origin as (
    select m.view_oid, m.column_no, m.relation, m.attnum, m.kind
    from made_of as m
    union
    select
      o.view_oid, o.column_no, m.relation, m.attnum,
      case
        when 'aggregation' in (o.kind, m.kind) then 'aggregation'
        when 'transformation' in (o.kind, m.kind) then 'transformation'
        else 'identity'
      end
    from origin as o
    join made_of as m on m.view_oid = o.relation and m.column_no = o.attnum
  )
  select
    v.relnamespace::regnamespace::text, v.relname::text, va.attname::text,
    t.relnamespace::regnamespace::text, t.relname::text, ta.attname::text,
    o.kind
  from origin as o
  join pg_class as v on v.oid = o.view_oid
  join pg_attribute as va on va.attrelid = v.oid and va.attnum = o.column_no
  join pg_class as t on t.oid = o.relation and t.relkind not in ('v', 'm')
  join pg_attribute as ta on ta.attrelid = t.oid and ta.attnum = o.attnum
  where t.relnamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
    and (column_lineage.view_name is null or v.oid = column_lineage.view_name)
  order by 1, 2, va.attnum, 4, 5, 6, 7;
end;
$$;

comment on function comply.column_lineage(regclass) is
  'Return which columns of our tables each column of a view is made of, of one or of all views, also in '
  'other schemas: identity, transformation or aggregation, which is what condenses values and shows none. What '
  'a view is filtered or joined by is not part of it.';

revoke execute on function comply.column_lineage(regclass) from public;
grant  execute on function comply.column_lineage(regclass) to comply_auditor, comply_admin, comply_operator;
