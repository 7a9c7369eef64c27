begin;
set local search_path = tap, pg_catalog;
select plan(4);
\ir fixture.psql
\ir faults/trainings_traced.psql

select is(pg_temp.status_of('trainings_traced'), 'na', 'without trainings there is nothing to judge');

select is(
  pg_temp.status_under(
    'trainings_traced',
    $$ select comply.record_lineage('training', array['records:2026-09-01/2026-10-01'],
           array['snapshot:test-2026-10']) $$),
  'pass', 'one that names its data passes');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'one that does not fails')
from fault as f;

select is(
  pg_temp.status_under(
    'trainings_traced',
    $$ select comply.record_lineage('training', array['detector:presidio'],
           array['snapshot:test-2026-10']) $$),
  'fail', 'and a detector is no data');

select * from finish();
rollback;
