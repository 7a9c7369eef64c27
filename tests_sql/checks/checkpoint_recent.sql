begin;
set local search_path = tap, pg_catalog;
select plan(6);
\ir fixture.psql
\ir samples.psql
\ir faults/checkpoint_recent.psql

select is(pg_temp.status_of('checkpoint_recent'), 'na', 'where nothing is sealed, there is nothing to fold');
select is(
  pg_temp.status_under('checkpoint_recent', 'select pg_temp.seal_seven()'), 'pass',
  'a checkpoint of now is young');
select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'none is none') from fault as f;
select is(
  pg_temp.status_under(
    'checkpoint_recent', $$ select pg_temp.seal_seven(); set local comply.now = '2099-01-01' $$), 'fail',
  'and one of long ago is old');
select is(
  pg_temp.status_under(
    'checkpoint_recent',
    $$
      select pg_temp.seal_seven();
      select set_config('comply.now', (now() + interval '3 days')::text, true);
      select comply.set_check_limit('checkpoint_recent', 'weekly, by contract', '7 days')
    $$), 'pass',
  'unless somebody says otherwise');
select is(
  pg_temp.sample_of('checkpoint_recent', 'select pg_temp.seal_seven()'), '3, 1 of one seed, many others',
  'a sample is drawn by its seed');

select * from finish();
rollback;
