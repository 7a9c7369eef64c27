-- SET LOCAL is undone by ROLLBACK TO. Whoever gets the context and the rows out of step writes for one tenant
-- what it read from another.
begin;
set local search_path = tap, pg_catalog;
select plan(9);
\ir ../two_tenants.psql

set local session authorization test_service;

select comply.enter('test-acme');
savepoint inner_one;
select comply.enter('test-globex');
select is(comply.current_tenant(), 'test-globex', 'a later tenant takes the place of the earlier one');

rollback to inner_one;
select is(comply.current_tenant(), 'test-acme', 'going back brings the earlier one back');

select results_eq(
  $$ select tenant_id from comply.storage_records $$, $$ values ('test-acme') $$,
  'and its rows alone');

select comply.enter('test-globex');
release inner_one;
select is(comply.current_tenant(), 'test-globex', 'releasing the savepoint keeps the later one');

savepoint failed_one;
select throws_ok($$ select comply.enter('test-nobody') $$, 'PC003', null, 'an unknown tenant is refused');
rollback to failed_one;
select is(comply.current_tenant(), 'test-globex', 'which changes nothing');

select throws_ok(
  $$
    create function pg_temp.other_tenant()
    returns bigint
    language sql
    set comply.tenant_id = 'test-acme'
    return 1
  $$,
  '42501', null,
  'a service makes no function with a tenant of its own');

do $$
begin
  perform comply.enter('test-acme');
  raise exception 'undone' using errcode = 'TEST1';
exception
  when sqlstate 'TEST1' then
    null;
end;
$$;

select is(comply.current_tenant(), 'test-globex', 'a block that fails takes its tenant along');

set comply.tenant_id = 'test-acme';
select results_eq(
  $$ select tenant_id from comply.storage_records $$, $$ values ('test-acme') $$,
  'what is set last counts, and is never more than one');

select * from finish();
rollback;
