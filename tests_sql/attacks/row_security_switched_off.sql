-- row_security is a setting that anyone changes. It must not mean what it says.
begin;
set local search_path = tap, pg_catalog;
select plan(9);
\ir ../two_tenants.psql

set local row_security = off;

select is(
  pg_temp.attempt('test_service', null, format('select from comply.%I', t)), '42501',
  format('with row_security off, reading %s is an error and not a bypass', t))
from unnest(array[
  'storage_records', 'detector_executions', 'model_metrics', 'tenant_configs', 'audit_trail']) as t;

select is(
  pg_temp.attempt('comply_owner', null, 'select from comply.storage_records'), '42501',
  'for the owner too, because it is forced');

select is(
  pg_temp.attempt('comply_admin', null, $$ update comply.storage_records set blob_path = 'seen' $$), '42501',
  'and a change that would not be audited is not made');

select is(
  pg_temp.attempt('test_service', null, 'alter table comply.storage_records disable row level security'),
  '42501',
  'a service does not switch it off in the table');

alter table comply.storage_records no force row level security;

select is(
  pg_temp.attempt('comply_owner', null, $$ select from comply.storage_records where tenant_id ~ '^test-' $$),
  '2',
  'were it not forced, the owner and its functions would pass');

select * from finish();
rollback;
