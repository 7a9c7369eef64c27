-- A view reads with the rights of its owner: one of ours without security_invoker shows every tenant to
-- whoever may read it.
begin;
set local search_path = tap, pg_catalog;
select plan(8);
\ir ../two_tenants.psql

select is_empty(
  $$
    select c.oid::regclass
    from pg_class as c
    where c.relnamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
      and c.relkind = 'v'
      and not coalesce(c.reloptions @> array['security_invoker=true', 'security_barrier=true'], false)
  $$,
  'every view of ours reads with the rights of its reader');

select is_empty(
  $$
    select c.oid::regclass
    from pg_class as c
    where c.relnamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
      and c.relkind = 'm'
  $$,
  'and none keeps a copy of what its owner saw');

-- Made by a service, handed to another.
create role test_stranger login;
create schema test_mine authorization test_service;
grant usage on schema test_mine to test_stranger;

select is(
  pg_temp.attempt('test_service', 'test-acme', $$
    create view test_mine.records as select * from comply.storage_records;
    grant select on test_mine.records to test_stranger;
    select from test_mine.records
  $$),
  '1',
  'a view that a service makes shows what the service sees');

select is(
  pg_temp.attempt('test_service', 'test-acme', $$
    create materialized view test_mine.kept as select * from comply.storage_records;
    select from test_mine.kept where tenant_id <> 'test-acme'
  $$),
  '0',
  'as does a materialised one, in a schema of its own, which an administrator has to have made');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    'create view comply.records as select * from comply.storage_records'),
  '42501',
  'in ours it makes none');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    'create materialized view comply.kept as select * from comply.storage_records'),
  '42501',
  'of either kind');

set local role comply_owner;
create view comply.test_records as select * from comply.storage_records;
create view comply.test_records_of_reader with (security_invoker = true, security_barrier = true)
as select * from comply.storage_records;
grant select on comply.test_records, comply.test_records_of_reader to comply_app;
reset role;

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ select from comply.test_records where tenant_id ~ '^test-' $$),
  '2',
  'a view of the owner without the option would have shown both tenants');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ select from comply.test_records_of_reader where tenant_id ~ '^test-' $$),
  '1',
  'with it, one');

select * from finish();
rollback;
