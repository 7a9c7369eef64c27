-- A trigger runs with the rights of whoever fires it: planted by a service, it runs as the administrator who
-- next touches the table, and sees every row on the way.
begin;
set local search_path = tap, pg_catalog;
select plan(6);
\ir ../two_tenants.psql

create function pg_temp.plant(name text)
returns text
language sql
as $$
  select pg_temp.attempt('test_service', 'test-acme', format($q$
    create function pg_temp.spy() returns trigger language plpgsql as 'begin return new; end';
    create trigger _000_spy before insert on comply.%I for each statement execute function pg_temp.spy()
  $q$, plant.name))
$$;

select is(pg_temp.plant(t), '42501', format('a service plants no trigger on %s', t))
from unnest(array['storage_records', 'tenant_configs', 'audit_trail']) as t;

select is(
  pg_temp.attempt('test_service', 'test-acme', $$
    create rule spy as on insert to comply.storage_records do also select 1
  $$),
  '42501',
  'nor a rule');

select is_empty(
  $$
    select c.oid::regclass, r.rolname
    from pg_class as c
    cross join pg_roles as r
    where c.relnamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
      and c.relkind in ('r', 'p')
      and r.rolname ~ '^comply_'
      and r.rolname <> 'comply_owner'
      and has_table_privilege(r.oid, c.oid, 'trigger')
  $$,
  'no role may plant one on any of our tables');

grant trigger on comply.storage_records to test_service;
select is(pg_temp.plant('storage_records'), '0', 'granted by mistake, it would have stood');

select * from finish();
rollback;
