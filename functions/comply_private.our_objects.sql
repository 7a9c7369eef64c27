-- What files make. Neither partitions with what hangs on them, which are made as time goes by, in their table or
-- taken out of it by retention; nor the policies by which reads are logged: they come and go with verbose tenants,
-- can only hide, and comply.health() knows them; nor what belongs to an extension or to another object. is_new also
-- covers rows of an EXCEPTION block, whose xmin is that of a subtransaction and so younger than the transaction;
-- age() counts from the transaction's own number, once it has one.
create or replace function comply_private.our_objects()
returns table (classid oid, objid oid, is_new boolean)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  with ours as (
    select n.oid, n.xmin
    from pg_namespace as n
    where n.nspname in ('comply', 'comply_private')
  ), relation as (
    select c.oid, c.relkind, age(c.xmin) <= 0 as is_new
    from pg_class as c
    where c.relnamespace in (select o.oid from ours as o)
      and not c.relispartition
      and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
      and not (c.relnamespace = 'comply_private'::regnamespace and c.relname ~ '_\d{4}_\d{2}$' and c.relacl is null)
  )
  select 'pg_namespace'::regclass::oid, o.oid, age(o.xmin) <= 0
  from ours as o
  union all
  select 'pg_proc'::regclass, p.oid, age(p.xmin) <= 0
  from pg_proc as p
  where p.pronamespace in (select o.oid from ours as o)
    and not exists (
      select
      from pg_depend as d
      where d.classid = 'pg_proc'::regclass
        and d.objid = p.oid
        and d.deptype = 'e'
    )
  union all
  select
    'pg_class'::regclass,
    r.oid,
    r.is_new
    or exists (select from pg_attribute as a where a.attrelid = r.oid and age(a.xmin) <= 0)
    or exists (select from pg_rewrite as w where w.ev_class = r.oid and age(w.xmin) <= 0)
  from relation as r
  union all
  select 'pg_class'::regclass, i.indexrelid, age(c.xmin) <= 0 or age(i.xmin) <= 0
  from relation as r
  join pg_index as i on i.indrelid = r.oid
  join pg_class as c on c.oid = i.indexrelid
  union all
  select 'pg_trigger'::regclass, t.oid, age(t.xmin) <= 0
  from relation as r
  join pg_trigger as t on t.tgrelid = r.oid
  where not t.tgisinternal
  union all
  select 'pg_policy'::regclass, p.oid, age(p.xmin) <= 0
  from relation as r
  join pg_policy as p on p.polrelid = r.oid
  where not (p.polname ~ '_(tenant|staff)_reads_noted$' and p.polcmd = 'r' and not p.polpermissive)
  union all
  select 'pg_constraint'::regclass, k.oid, age(k.xmin) <= 0
  from relation as r
  join pg_constraint as k on k.conrelid = r.oid
  where k.contype in ('c', 'f', 'p', 'u', 'x')
    and k.conparentid = 0;
end;
$$;

comment on function comply_private.our_objects() is
  'Return the objects of both schemas, and whether this transaction made or changed them.';

revoke execute on function comply_private.our_objects() from public;
