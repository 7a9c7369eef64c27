begin;
set local search_path = tap, pg_catalog;
select plan(5);
\ir fixture.psql
\ir faults/months_ahead.psql

select pg_temp.lay_ground() \g /dev/null
select is(pg_temp.status_of('months_ahead'), 'pass', 'upkeep makes enough of them');
select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'a gap is found') from fault as f;
select is(
  pg_temp.status_under(
    'months_ahead', $$ select set_config('comply.now', (now() + interval '40 days')::text, true) $$), 'fail',
  'so is upkeep that stopped');
select is(
  pg_temp.status_under(
    'months_ahead',
    $$
      select set_config(
        'comply.now', (date_trunc('month', now(), 'UTC') + interval '1 month 5 minutes')::text, true)
    $$), 'pass', 'but not that it did not run in the first minutes of a month');
select is(
  pg_temp.status_under(
    'months_ahead', 'create table comply.model_metrics_default partition of comply.model_metrics default'),
  'fail', 'a default partition, which would hide that a month is missing, is found');

select * from finish();
rollback;
