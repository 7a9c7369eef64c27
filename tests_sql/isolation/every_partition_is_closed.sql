-- Row level security, its force and the statements' triggers are not inherited, so each partition is asked.
begin;
set local search_path = tap, pg_catalog;
select plan(7);
\ir ../two_tenants.psql

create temp view partition as
select
  c.oid,
  c.oid::regclass as name,
  i.inhparent as parent,
  c.relrowsecurity,
  c.relforcerowsecurity,
  c.relacl,
  c.relowner
from pg_inherits as i
join pg_class as c on c.oid = i.inhrelid
where c.relnamespace = 'comply'::regnamespace
  and c.relkind in ('r', 'p');

create temp view open_partition as
select p.name, 'row level security' as fault
from partition as p
where not (p.relrowsecurity and p.relforcerowsecurity)
union all
select p.name, 'policy ' || y.polname
from partition as p
join pg_policy as y on y.polrelid = p.oid
union all
select p.name, format('%s to %s', x.privilege_type, x.grantee::regrole)
from partition as p
cross join aclexplode(p.relacl) as x
where x.grantee <> p.relowner
union all
select p.name, format('column %s', a.attname)
from partition as p
join pg_attribute as a on a.attrelid = p.oid and a.attacl is not null
union all
select p.name, 'trigger ' || t.tgname
from partition as p
join pg_trigger as t on t.tgrelid = p.parent and not t.tgisinternal
where not exists (
  select
  from pg_trigger as u
  where u.tgrelid = p.oid
    and u.tgname = t.tgname
    and u.tgfoid = t.tgfoid
    and u.tgenabled = t.tgenabled
);

select isnt_empty('select name from partition', 'there are partitions');

select is_empty(
  'select * from open_partition',
  'each enables and forces row level security, has no policy and no grant, and all triggers of its parent');

select now() - interval '9 years' as long_ago \gset
select count(*) from comply.ensure_past_partitions('storage_records', :'long_ago', :'long_ago');
select is_empty('select * from open_partition', 'one that is made now as well');

-- With policies that let nobody in, nobody is let in: not the owner, and not by the parent's policies.
select tableoid::regclass as partition from comply.storage_records where tenant_id = 'test-globex' \gset
select is(
  pg_temp.attempt('comply_owner', null, format('select from %s', :'partition')), '0',
  'to its owner a partition is empty');
select is(
  pg_temp.attempt('comply_owner', null, format('delete from %s', :'partition')), '0',
  'who deletes nothing there either');

create table comply.test_open partition of comply.storage_records
  for values from ('1999-01-01 00:00+00') to ('1999-02-01 00:00+00');
grant select (id) on comply.test_open to comply_app;

select bag_has(
  'select fault from open_partition',
  $$
    values
      ('row level security'),
      ('column id'),
      ('trigger _500_audit_insert'),
      ('trigger _530_audit_truncate')
  $$,
  'one that was made by hand would be found');

select comply_private.guard_partition('comply.test_open', 'comply.storage_records');
revoke select (id) on comply.test_open from comply_app;

select is_empty('select * from open_partition', 'and is closed by guarding it');

select * from finish();
rollback;
