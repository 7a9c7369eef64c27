-- Moving a row is worse than planting one: it takes the evidence away from where it was. Three walls stand
-- before it, and each is tried alone.
begin;
set local search_path = tap, pg_catalog;
select plan(7);
\ir ../two_tenants.psql

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    format($$ update comply.%I set tenant_id = 'test-globex' $$, t)),
  '42501',
  format('tenant_id of %s is no column that a service writes', t))
from unnest(array['storage_records', 'detector_executions', 'model_metrics']) as t;

select is(
  pg_temp.attempt('comply_admin', null, $$ update comply.storage_records set tenant_id = 'test-globex' $$),
  '42501',
  'nor an administrator');

grant update (tenant_id) on comply.storage_records to comply_app;

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ update comply.storage_records set tenant_id = 'test-globex' $$),
  'PC002',
  'granted by mistake, a trigger refuses it');

alter table comply.storage_records disable trigger _300_refuse_rekey;

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ update comply.storage_records set tenant_id = 'test-globex' $$),
  '42501',
  'with the trigger gone as well, the policies do');

alter policy storage_records_tenant_floor on comply.storage_records with check (true);
alter policy storage_records_tenant_writes on comply.storage_records with check (true);
alter policy storage_records_tenant_reads on comply.storage_records to comply_app, comply_reader using (true);

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ update comply.storage_records set tenant_id = 'test-globex' $$),
  '1',
  'without any of them it would have moved');

select * from finish();
rollback;
