-- Any SQL can change a setting, and in the trusted profile the setting is the tenant. That much is so by
-- design, and strict is the answer; but no value of it may be more than one tenant.
begin;
set local search_path = tap, pg_catalog;
select plan(14);
\ir ../two_tenants.psql

set local comply.tenant_id = 'test-globex';

select is(
  pg_temp.attempt('test_service', null, $$ select from comply.storage_records $$), '1',
  'a service is believed when it sets a tenant, which is what trusted means');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ select from comply.storage_records where tenant_id <> 'test-acme' $$),
  '0',
  'whatever was set before, comply.enter() leaves the one tenant it was given');

create temp table forged as
select *
from unnest(array[
  '', ' ', '%', '_', '*', 'test-%', 'TEST-GLOBEX', 'test-globex ', '{test-acme,test-globex}', ''' or true --'
]) with ordinality as f (tenant, position);

select is(
  (
    select string_agg(
      distinct pg_temp.attempt('test_service', null, $$ select from comply.storage_records $$), ',')
    from (select set_config('comply.tenant_id', f.tenant, true)) as s
  ),
  '0',
  format('%L is no tenant, and shows no row', f.tenant))
from forged as f
order by f.position;

set local comply.tenant_id = 'test-nobody';

select is(
  pg_temp.attempt('test_service', null, $$
    insert into comply.storage_records (
      tenant_id, source_data_hash, detector_type, model_version, mapped_data)
    values ('test-nobody', repeat('c', 64), 'presidio', 'test-1', '{"labels": ["OTHER.Safe"]}')
  $$),
  'PC003',
  'and no record is taken for a tenant that nobody added');

set local comply.tenant_id = '%';
alter policy storage_records_tenant_writes on comply.storage_records
  using (tenant_id like (select comply.current_tenant()));
alter policy storage_records_tenant_floor on comply.storage_records
  using (tenant_id like (select comply.current_tenant()));

select is(
  pg_temp.attempt('test_service', null, $$ select from comply.storage_records where tenant_id ~ '^test-' $$),
  '2',
  'if policies compared by pattern, % would have been all of them');

select * from finish();
rollback;
