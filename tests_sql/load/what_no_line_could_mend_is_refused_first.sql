begin;
set local search_path = tap, pg_catalog;
select plan(12);
\ir ../two_tenants.psql

update comply.tenant_configs
set detectors_denied = '{presidio}', detectors_allowed = '{presidio, llama-guard}'
where tenant_id = 'test-globex';

set local session authorization test_service;

select throws_ok($$ select comply.check_load('presidio', 'v1') $$, 'PC004', null, 'a load without a tenant');
select throws_ok($$ select comply.enter('test-nobody') $$, 'PC003', null, 'of an unknown tenant');

select comply.enter('test-acme');
select lives_ok($$ select comply.check_load('presidio', 'v1') $$, 'of one that is known it is taken');
select throws_ok($$ select comply.check_load('presidium', 'v1') $$, 'PC102', null, 'of an unknown detector');
select throws_ok($$ select comply.check_load(null, 'v1') $$, 'PC102', null, 'of none');
select throws_ok(
  $$ select comply.check_load('presidio', ' v1') $$, 'PC401', null,
  'of a model that begins with a blank');
select throws_ok($$ select comply.check_load('presidio', null) $$, 'PC401', null, 'of none');
select throws_ok(
  $$ select comply.check_load('presidio', 'v1', now() - interval '11 years') $$, 'PC401', null,
  'of a time that is too long ago');
select throws_ok(
  $$ select comply.check_load('presidio', 'v1', now() + interval '2 days') $$, 'PC401', null,
  'or to come');

select comply.enter('test-globex');
select throws_ok(
  $$ select comply.check_load('presidio', 'v1') $$, 'PC103', null,
  'of a detector that the tenant denies');
select throws_ok(
  $$ select comply.check_load('openai-moderation', 'v1') $$, 'PC103', null,
  'or does not allow');

reset session authorization;
update comply.tenant_configs set encryption_required = true where tenant_id = 'test-acme';
set local session authorization test_service;
select comply.enter('test-acme');
select throws_ok(
  $$ select comply.check_load('presidio', 'v1') $$, 'PC106', null,
  'of a tenant that wants records encrypted');

select * from finish();
rollback;
