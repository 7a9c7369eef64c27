begin;
set local search_path = tap, pg_catalog;
select plan(4);
\ir fixture.psql
\ir faults/ai_events_complete.psql

select is(pg_temp.status_of('ai_events_complete'), 'na', 'without records there is nothing to judge');

select is(
  pg_temp.status_under(
    'ai_events_complete',
    $$ insert into comply.tenant_configs (tenant_id, display_name) values ('test-events', 'A tenant');
         insert into comply.detector_executions (tenant_id, detector_type, model_version, latency_ms,
           success, correlation_id) values ('test-events', 'presidio', 'test-1', 12.5, true,
           '00000000-0000-4000-8000-0000000000ca');
         insert into comply.storage_records (tenant_id, source_data_hash, detector_type, model_version,
           mapped_data, correlation_id) values ('test-events', repeat('a', 64), 'presidio', 'test-1',
           '{"labels": ["OTHER.Safe"]}', '00000000-0000-4000-8000-0000000000ca') $$),
  'pass', 'a record with its execution passes');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'one without it fails')
from fault as f;

select is(
  pg_temp.status_under(
    'ai_events_complete',
    $$ insert into comply.tenant_configs (tenant_id, display_name) values ('test-events', 'A tenant');
         insert into comply.detector_executions (tenant_id, detector_type, model_version, latency_ms,
           success, correlation_id) values ('test-events', 'presidio', 'test-1', 12.5, true,
           '00000000-0000-4000-8000-0000000000ca');
         insert into comply.storage_records (tenant_id, source_data_hash, detector_type, model_version,
           mapped_data, correlation_id) values ('test-events', repeat('a', 64), 'presidio', 'test-1',
           '{"labels": ["OTHER.Safe"]}', null);
         delete from comply.detector_executions where tenant_id = 'test-events' $$),
  'manual', 'a tenant without any execution is for a person to judge');

select * from finish();
rollback;
