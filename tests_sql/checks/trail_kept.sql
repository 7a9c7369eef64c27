begin;
set local search_path = tap, pg_catalog;
select plan(7);
\ir fixture.psql
\ir faults/trail_kept.psql

select is(pg_temp.status_of('trail_kept'), 'na', 'without tenants there is nothing to keep');
select is(
  pg_temp.status_under('trail_kept', $$ select comply.add_tenant('test-acme') $$), 'pass',
  'what no rule names is kept');
select is(
  pg_temp.status_under(f.check_id, f.statement), 'fail', 'a rule of five years is too short')
from fault as f;
select is(
  pg_temp.status_under(
    'trail_kept',
    $$
      select comply.add_tenant('test-acme');
      select comply.set_retention_policy('test-acme', 'audit_trail', '2170 days', 'a test')
    $$),
  'fail',
  'and so is one of 2,170 days, of which six years have 21 more');
select is(
  pg_temp.status_under(
    f.check_id, f.statement || $$; select comply.set_retention_bound('audit_trail', 'HIPAA', '6 years') $$),
  'pass',
  'unless a bound keeps for longer')
from fault as f;
select is(
  pg_temp.status_under(f.check_id, f.statement || $$; select comply.set_check_limit(f.check_id, 'SOX',
  '5 years')
    from comply.check_limits as f where f.check_id = 'trail_kept' $$), 'pass',
  'or somebody says that it is not')
from fault as f;
select is(
  pg_temp.observed_under(
    'trail_kept',
    $$
      select comply.add_tenant('test-acme');
      insert into comply.destruction_certificates (
        tenant_id, table_name, covers_from, covers_until, rows_destroyed, content_hash, basis)
      values ('test-acme', 'access_log', now() - interval '5 years', now() - interval '4 years', 7, sha256(''),
  'a test')
    $$, 'access_log'),
  '{"destroyed_early": 7}', 'what was destroyed too early is found');

select * from finish();
rollback;
