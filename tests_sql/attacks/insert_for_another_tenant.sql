-- A record that one tenant plants among another's is evidence against the other.
begin;
set local search_path = tap, pg_catalog;
select plan(13);
\ir ../two_tenants.psql

create temp table planted as
select *
from (
  values
    ('storage_records', 'source_data_hash, detector_type, model_version, mapped_data'),
    ('detector_executions', 'detector_type, model_version, latency_ms, success'),
    ('model_metrics', 'model_version, metric_name, metric_value')
) as p (name, copied);

create function pg_temp.plant(name text, copied text, tenant text, suffix text default '')
returns text
language sql
as $$
  select format('insert into comply.%I (tenant_id, %s) select %L, %2$s from comply.%1$I %4$s returning id',
                plant.name, plant.copied, plant.tenant, plant.suffix)
$$;

select is(
  pg_temp.attempt('test_service', 'test-acme', pg_temp.plant(name, copied, 'test-acme')), '1',
  format('a service adds to %s for its tenant', name))
from planted;

select is(
  pg_temp.attempt('test_service', 'test-acme', pg_temp.plant(name, copied, 'test-globex')), '42501',
  'and not for another')
from planted;

select is(
  pg_temp.attempt('test_service', 'test-acme', pg_temp.plant(name, copied, 'test-nobody')), '42501',
  'with the same answer for a tenant that is not there')
from planted;

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ insert into comply.tenant_configs (tenant_id, display_name) values ('test-acme-2', 'Mine') $$),
  '42501',
  'nor does it add a tenant');

drop policy storage_records_tenant_floor on comply.storage_records;

select is(
  pg_temp.attempt('test_service', 'test-acme', pg_temp.plant(name, copied, 'test-globex')), '42501',
  'without the floor the policy of its own still holds it')
from planted
where name = 'storage_records';

alter policy storage_records_tenant_writes on comply.storage_records with check (true);

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    replace(pg_temp.plant(name, copied, 'test-globex'), 'returning id', '')),
  '1',
  'without its check as well the record would have been planted')
from planted
where name = 'storage_records';

select is(
  pg_temp.attempt('test_service', 'test-acme', pg_temp.plant(name, copied, 'test-globex')), '42501',
  'though not shown to who planted it')
from planted
where name = 'storage_records';

select * from finish();
rollback;
