-- The statements of other sessions, with the literals in them, are in pg_stat_activity.
begin;
set local search_path = tap, pg_catalog;
select plan(5);
\ir ../two_tenants.psql

-- This very session belongs to the superuser who opened it, so it is somebody else's to the service.
select is(
  pg_temp.attempt('test_service', 'test-acme', $$
    select from pg_stat_activity where pid = pg_backend_pid() and query ~ 'pg_temp.attempt'
  $$),
  '0',
  'a service does not see the statements of another login');

select is(
  pg_temp.attempt(r, null, $$
    select from pg_stat_activity where pid = pg_backend_pid() and query ~ 'pg_temp.attempt'
  $$),
  '0',
  format('nor does %s', r))
from unnest(array['comply_admin', 'comply_operator']) as r;

select is(
  pg_temp.attempt('test_service', 'test-acme', 'select pg_terminate_backend(pg_backend_pid())'), '42501',
  'nor does it end the session of one');

grant pg_read_all_stats to test_service;

select is(
  pg_temp.attempt('test_service', 'test-acme', $$
    select from pg_stat_activity where pid = pg_backend_pid() and query ~ 'pg_temp.attempt'
  $$),
  '1',
  'only who is in pg_read_all_stats would have: services of different trust need different logins');

select * from finish();
rollback;
