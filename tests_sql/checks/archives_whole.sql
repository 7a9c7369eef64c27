begin;
set local search_path = tap, pg_catalog;
select plan(9);
\ir fixture.psql
\ir samples.psql
\ir faults/archives_whole.psql

select $$
  select comply.add_tenant('test-acme');
  insert into comply.model_metrics (tenant_id, model_version, metric_name, metric_value)
  values ('test-acme', 'test-1', 'precision', 0.9);
  select comply.archive_to_table(
    'model_metrics', 'test-acme', date_trunc('month', now(), 'UTC'),
    date_trunc('month', now(), 'UTC') + interval '1 month')
  from generate_series(1, 7);
$$ as archive \gset

select is(pg_temp.status_of('archives_whole'), 'na', 'without an archive there is none to be damaged');
select is(pg_temp.status_under('archives_whole', :'archive'), 'pass', 'what was just written is whole');
select is(
  pg_temp.observed_under('archives_whole', :'archive', 'model_metrics') - 'bytes',
  '{"archives": 7, "read_back": 0, "hashed_again": 7}', 'and is hashed again');
select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'other bytes are found') from fault as f;
select $$ ; select comply.set_check_limit('archives_whole', 'a test', null, 1) $$ as one_byte \gset
select is(
  pg_temp.observed_under('archives_whole', :'archive' || :'one_byte', 'model_metrics') - 'bytes',
  '{"archives": 7, "read_back": 0, "hashed_again": 1}', 'no more than there is time for');
select is(
  pg_temp.status_under(f.check_id, f.statement || :'one_byte'), 'fail', 'but also one that is larger than that')
from fault as f;
select is(
  pg_temp.status_under(
    'archives_whole', :'archive' || $$
      alter table comply.archives disable trigger user;
      update comply.archives set archived_at = now() - interval '8 days'
    $$), 'fail',
  'so is what nobody read back within a week');
select is(
  pg_temp.status_under(
    'archives_whole', :'archive' || $$ update comply.archives set purged_at = now(), purged_by = session_user $$),
  'fail', 'and what was purged before its time');
select is(
  pg_temp.sample_of('archives_whole', :'archive'), '3, 1 of one seed, many others',
  'a sample is drawn by its seed');

select * from finish();
rollback;
