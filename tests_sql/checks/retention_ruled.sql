begin;
set local search_path = tap, pg_catalog;
select plan(5);
\ir fixture.psql
\ir faults/retention_ruled.psql

select is(pg_temp.status_of('retention_ruled'), 'na', 'without tenants there is nothing to end');
select is(
  pg_temp.observed_under('retention_ruled', $$ select comply.add_tenant('test-acme') $$, 'storage_records'),
  '{"tenants": 1, "without_rule": 0}', 'every tenant has a rule of its own');
select is(
  pg_temp.status_under('retention_ruled', $$ select comply.add_tenant('test-acme') $$), 'manual',
  'that the trail is kept for ever is for a person to judge');
select is(
  pg_temp.observed_under(
    'retention_ruled',
    $$
      select comply.add_tenant('test-acme');
      select comply.set_retention_policy('*', 'audit_trail', '7 years', 'a test')
    $$, 'audit_trail') -> 'without_rule', '0', 'until a rule names it');
select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'rows of nobody are found') from fault as f;

select * from finish();
rollback;
