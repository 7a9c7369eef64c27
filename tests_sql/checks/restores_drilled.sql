begin;
set local search_path = tap, pg_catalog;
select plan(7);
\ir fixture.psql
\ir samples.psql
\ir faults/restores_drilled.psql

select $$
  select comply.add_tenant('test-acme');
  create temp table archived as
  select comply.archive_to_table(
    'model_metrics', 'test-acme', date_trunc('month', now(), 'UTC'),
    date_trunc('month', now(), 'UTC') + interval '1 month') as id;
$$ as archive \gset
select $$
  alter table comply.archives disable trigger user;
  update comply.archives set archived_at = now() - interval '4 months';
$$ as age \gset
select $$ select comply.restore_archive('test-acme', a.id, is_drill => true) from archived as a; $$ as drill \gset

select is(pg_temp.status_of('restores_drilled'), 'na', 'without an archive there is nothing to bring back');
select is(pg_temp.status_under('restores_drilled', :'archive'), 'na', 'a new one is not due');
select is(
  pg_temp.status_under('restores_drilled', :'archive' || :'age'), 'fail',
  'one of four months ago is');
select is(
  pg_temp.status_under('restores_drilled', :'archive' || :'age' || :'drill'), 'pass',
  'until it was tried');
select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'and failed') from fault as f;
select is(
  pg_temp.status_under(
    f.check_id,
    'create temp table archived as select null::uuid as id;' || f.statement || $$;
      update archived set id = a.id from comply.archives as a;
      alter table comply.restores disable trigger user;
      update comply.restores set restored_at = now() - interval '1 day';
    $$ || :'drill'), 'pass', 'after which it may succeed')
from fault as f;
select is(
  pg_temp.sample_of('restores_drilled', :'archive' || (select string_agg(:'drill', '') from generate_series(1, 7))),
  '3, 1 of one seed, many others', 'a sample is drawn by its seed');

select * from finish();
rollback;
