begin;
set local search_path = tap, pg_catalog;
select plan(6);
\ir fixture.psql
\ir faults/ai_logs_kept.psql

select is(pg_temp.status_of('ai_logs_kept'), 'na', 'without tenants there is nothing to keep');
select is(
  pg_temp.status_under('ai_logs_kept', $$ select comply.add_tenant('test-acme') $$), 'pass',
  'the default is a year');
select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'thirty days are too short') from fault as f;
select is(
  pg_temp.status_under(
    'ai_logs_kept',
    $$ select comply.add_tenant('test-acme'); update comply.tenant_configs set storage_retention_days = 30 $$),
  'fail',
  'also where the tenant says so');

select is(
  pg_temp.status_under(
    'ai_logs_kept',
    format($$
      select comply.add_tenant('test-acme');
      select comply.set_retention_policy('test-acme', 'detector_executions', '%s days', 'a test')
    $$, d.days)), d.status,
  format('six months may have 184 days, so %s are %s', d.days, d.what))
from (values (183, 'fail', 'too short'), (184, 'pass', 'enough')) as d (days, status, what);

select * from finish();
rollback;
