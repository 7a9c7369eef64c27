begin;
set local search_path = tap, pg_catalog;
select plan(14);
\ir ../two_tenants.psql

set local session authorization test_service;

select is(comply.current_tenant(), null, 'nobody has entered, so there is no tenant');
select throws_ok($$ select comply.require_tenant() $$, 'PC004', null, 'which who needs one is told');

select lives_ok(
  $$ select comply.enter('test-acme', 'ana@example.com', '00000000-0000-4000-8000-0000000000cc') $$,
  'a service enters a tenant, for a person and a request');

select is(comply.current_tenant(), 'test-acme', 'then that is the tenant');
select is(comply.require_tenant(), 'test-acme', 'also for who needs one');
select is(comply.current_actor(), 'ana@example.com', 'the actor');
select is(comply.current_correlation_id(), '00000000-0000-4000-8000-0000000000cc', 'and the request');

insert into comply.storage_records (tenant_id, source_data_hash, detector_type, model_version, mapped_data)
values ('test-acme', repeat('c', 64), 'presidio', 'test-1', '{"labels": ["OTHER.Safe"]}');

select results_eq(
  $$
    select t.actor, t.user_id, t.operation
    from comply.trace('00000000-0000-4000-8000-0000000000cc') as t
  $$,
  $$ values ('ana@example.com', 'test_service', 'INSERT') $$,
  'what it does is traced to them');

select comply.enter('test-globex');

select is(comply.current_tenant(), 'test-globex', 'entering again names another tenant');
select is(comply.current_actor(), null, 'and leaves no actor behind');
select is(comply.current_correlation_id(), null, 'nor a request');

select throws_ok(
  $$ select comply.enter('test-nobody') $$, 'PC003', null,
  'a tenant that is unknown is refused');
select throws_ok($$ select comply.enter(null) $$, 'PC001', null, 'as is none at all');
select is(comply.current_tenant(), 'test-globex', 'which changes nothing');

select * from finish();
rollback;
