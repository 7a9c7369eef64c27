-- A check or a generated column is planned for each statement that writes, and with it the body of every SQL function
-- that it calls. One function cost every record that was written by itself a fifteenth of its time.
begin;
set local search_path = tap, pg_catalog;
select plan(2);

create temp view planned_at_each_write as
select format('constraint %s of %s', c.conname, c.conrelid::regclass) as what, d.refobjid
from pg_constraint as c
join pg_depend as d on d.classid = 'pg_constraint'::regclass and d.objid = c.oid
where c.contype = 'c'
  and c.connamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
  and d.refclassid = 'pg_proc'::regclass
union all
select format('column %I of %s', a.attname, a.attrelid::regclass), d.refobjid
from pg_attribute as a
join pg_class as r on r.oid = a.attrelid
join pg_attrdef as f on f.adrelid = a.attrelid and f.adnum = a.attnum
join pg_depend as d on d.classid = 'pg_attrdef'::regclass and d.objid = f.oid
where a.attgenerated = 's'
  and r.relnamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
  and d.refclassid = 'pg_proc'::regclass;

select isnt_empty($$ select what from planned_at_each_write $$, 'there are constraints that call functions');

select is_empty(
  $$
    select w.what, p.oid::regprocedure::text
    from planned_at_each_write as w
    join pg_proc as p on p.oid = w.refobjid
    join pg_language as l on l.oid = p.prolang
    where l.lanname = 'sql'
      and p.proconfig is null
      and not p.prosecdef
  $$,
  'and none that a statement would have to plan');

select * from finish();
rollback;
