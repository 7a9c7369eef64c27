begin;
set local search_path = tap, pg_catalog;
select plan(6);
\ir fixture.psql
\ir faults/upkeep_running.psql

select pg_temp.lay_ground() \g /dev/null
select is(pg_temp.status_of('upkeep_running'), 'na', 'without tenants nothing has to run');
select is(
  pg_temp.status_under('upkeep_running', $$ select comply.add_tenant('test-acme') $$), 'pass',
  'it ran just now');
select is(
  pg_temp.status_under(f.check_id, f.statement), 'fail', 'ten days ago is too long ago')
from fault as f;
select is(
  pg_temp.status_under(
    'upkeep_running',
    $$
      select comply.add_tenant('test-acme');
      update comply.tenant_configs set created_at = now() - interval '2 days';
    $$), 'fail', 'so is a ledger that nobody ever sealed');
select is(
  pg_temp.status_under(
    'upkeep_running',
    $$
      select comply.add_tenant('test-acme');
      update comply.tenant_configs set created_at = now() - interval '2 days';
      select comply.seal_batch();
    $$ || r.refresh), r.status, r.what)
from (
  values
    ('', 'fail', 'and rollups that nobody ever brought up to date'),
    ('update comply_private.rollup_state set refreshed_at = now()', 'pass', 'until somebody does')
) as r (refresh, status, what);

select * from finish();
rollback;
