-- A request's id goes through many hands: through gateways, logs and tickets. It must not be a key to its
-- rows.
begin;
set local search_path = tap, pg_catalog;
select plan(7);
\ir ../two_tenants.psql

-- The request of the one tenant is known to the other, which even uses its id.
update comply.storage_records
set blob_path = 'seen'
where tenant_id = 'test-globex';

select is(
  pg_temp.attempt('test_service', 'test-acme', $$
    select from comply.storage_records where correlation_id = '00000000-0000-4000-8000-0000000000cb'
  $$),
  '0',
  'another tenant''s request has no records');

select is(
  pg_temp.attempt('test_service', null, $$
    select comply.enter('test-globex', correlation_id => '00000000-0000-4000-8000-0000000000cb');
    update comply.storage_records set blob_path = 'seen again';
    select from comply.trace('00000000-0000-4000-8000-0000000000cb')
  $$),
  '1',
  'a tenant traces its own request');

select is(
  pg_temp.attempt('test_service', null, $$
    select comply.enter('test-globex', correlation_id => '00000000-0000-4000-8000-0000000000cb');
    update comply.storage_records set blob_path = 'seen again';
    select comply.enter('test-acme', correlation_id => '00000000-0000-4000-8000-0000000000cb');
    select from comply.trace('00000000-0000-4000-8000-0000000000cb')
  $$),
  '0',
  'and another tenant, which enters under the same id, does not');

select is(
  pg_temp.attempt('test_service', null, $$
    select set_config('comply.correlation_id', '00000000-0000-4000-8000-0000000000cb', true);
    select from comply.trace('00000000-0000-4000-8000-0000000000cb')
  $$),
  '0',
  'nor does nobody');

select is(
  pg_temp.attempt(r, null, $$ select from comply.trace('00000000-0000-4000-8000-0000000000cb') $$), '42501',
  format('%s traces nothing', r))
from unnest(array['comply_analyst', 'comply_operator']) as r;

alter table comply.audit_trail disable row level security;

select is(
  pg_temp.attempt('test_service', null, $$
    select comply.enter('test-globex', correlation_id => '00000000-0000-4000-8000-0000000000cb');
    update comply.storage_records set blob_path = 'seen again';
    select comply.enter('test-acme');
    select from comply.trace('00000000-0000-4000-8000-0000000000cb')
  $$),
  '1',
  'without policies on the trail it would have');

select * from finish();
rollback;
