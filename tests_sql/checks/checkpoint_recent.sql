begin;
set local search_path = tap, pg_catalog;
select plan(9);
\ir fixture.psql
\ir samples.psql
\ir faults/checkpoint_recent.psql

select $$
  select pg_temp.seal_seven();
  select comply.record_checkpoint_export(comply.checkpoint(), '/mnt/evidence/test.json');
$$ as exported \gset

select is(pg_temp.status_of('checkpoint_recent'), 'na', 'where nothing is sealed, there is nothing to fold');
select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'sealed rows without a checkpoint are found')
from fault as f;
select is(
  pg_temp.status_under('checkpoint_recent', 'select pg_temp.seal_seven()'), 'manual',
  'that one left, somebody has to tell');
select is(pg_temp.status_under('checkpoint_recent', :'exported'), 'pass', 'once told, it has left');
select is(
  pg_temp.status_under('checkpoint_recent', :'exported' || $$ set local comply.now = '2099-01-01' $$), 'fail',
  'one of long ago is old');
select is(
  pg_temp.status_under(
    'checkpoint_recent',
    $$ select set_config('comply.now', (now() - interval '3 days')::text, true); $$ || :'exported' || $$
      set local comply.now = '';
      select pg_temp.seal_seven();
    $$), 'fail',
  'also where newer ones stay inside');
select is(
  pg_temp.status_under(
    'checkpoint_recent',
    :'exported' || $$
      select set_config('comply.now', (now() + interval '3 days')::text, true);
      select comply.set_check_limit('checkpoint_recent', 'weekly, by contract', '7 days')
    $$), 'pass',
  'unless somebody says otherwise');
select throws_ok(
  $$ select comply.record_checkpoint_export(repeat('0', 64), 'nowhere') $$, 'PC607', null,
  'a digest of no checkpoint did not leave');
select is(
  pg_temp.sample_of('checkpoint_recent', 'select pg_temp.seal_seven()'), '3, 1 of one seed, many others',
  'a sample is drawn by its seed');

select * from finish();
rollback;
