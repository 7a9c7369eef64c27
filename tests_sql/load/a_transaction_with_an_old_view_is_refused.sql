-- It could not see what another load has just made, and would make it again.
begin isolation level repeatable read;
set local search_path = tap, pg_catalog;
select plan(1);
\ir ../two_tenants.psql

set local session authorization test_service;
select comply.enter('test-acme');

select throws_ok(
  $$ select comply.load_lines('presidio', 'v1', '00000000-0000-7000-8000-000000000001') $$,
  'PC402', null,
  'a load in a transaction of isolation level repeatable read');

select * from finish();
rollback;
