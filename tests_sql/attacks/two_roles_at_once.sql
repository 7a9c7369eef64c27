-- Policies that permit are joined by OR: a principal that is granted a second role by mistake would see
-- through the wider one all the time. The restrictive floor holds it inside the tenant it entered.
begin;
set local search_path = tap, pg_catalog;
select plan(11);
\ir ../two_tenants.psql

grant comply_admin, comply_auditor to test_service;

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    format($$ select from comply.%I where tenant_id = 'test-globex' $$, t)),
  '0',
  format('in comply_app, comply_admin and comply_auditor at once, it sees no foreign row of %s', t))
from unnest(array[
  'storage_records', 'detector_executions', 'model_metrics', 'tenant_configs', 'audit_trail']) as t;

select is(
  pg_temp.attempt('test_service', null, $$ select from comply.storage_records $$), '0',
  'nor any without a context');

select is(
  pg_temp.attempt('test_service', 'test-acme',
                  $$ update comply.tenant_configs set display_name = '-' where tenant_id = 'test-globex' $$),
  '0',
  'nor does it change one');

select is(
  pg_temp.attempt('test_service', 'test-acme',
                  $$ insert into comply.tenant_configs (tenant_id, display_name) values ('test-new', '-') $$),
  '42501',
  'nor make one');

select is(
  pg_temp.attempt('test_service', null, $$
    set local role comply_admin;
    select from comply.storage_records where tenant_id ~ '^test-'
  $$),
  '2',
  'to be an administrator it has to say so, which the trail keeps as active_role');

create role test_reader login in role comply_reader, comply_admin;

select is(
  pg_temp.attempt(
    'test_reader', 'test-acme',
    $$ select from comply.storage_records where tenant_id = 'test-globex' $$),
  '0',
  'the floor holds a reader too');

drop policy storage_records_tenant_floor on comply.storage_records;

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ select from comply.storage_records where tenant_id = 'test-globex' $$),
  '1',
  'without the floor it would have seen the other tenant all along');

select * from finish();
rollback;
