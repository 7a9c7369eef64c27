-- Whoever moves the clock forward makes every record expire today; whoever moves it back writes history.
begin;
set local search_path = tap, pg_catalog;
select plan(5);
\ir ../two_tenants.psql

set local comply.now = '2099-01-01 00:00+00';

select is(
  comply.now(), timestamptz '2099-01-01 00:00+00',
  'a test, whose login is a member of comply_owner, moves the clock');

select is(
  pg_temp.attempt('test_service', 'test-acme', $$ select where comply.now() <> pg_catalog.now() $$), '0',
  'a service that sets comply.now does not');

-- The year 2099 has no partition, so a clock that moved would show as an error.
select is(
  pg_temp.attempt('test_service', 'test-acme', $$ update comply.storage_records set blob_path = 'moved' $$),
  '1',
  'nor does its audit trail hear of it');

select is(
  pg_temp.attempt('comply_admin', null, $$ select where comply.now() <> pg_catalog.now() $$), '0',
  'an administrator does not either');

select pg_temp.weaken(
  'comply.now',
  $$WHEN (NOT pg_has_role(SESSION_USER, 'comply_owner'::name, 'member'::text))$$,
  'WHEN false');

select is(
  pg_temp.attempt('test_service', 'test-acme', $$ select where comply.now() <> pg_catalog.now() $$), '1',
  'if the login were not asked for, it would');

select * from finish();
rollback;
