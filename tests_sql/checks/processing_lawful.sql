begin;
set local search_path = tap, pg_catalog;
select plan(4);
\ir fixture.psql
\ir faults/processing_lawful.psql

select is(pg_temp.status_of('processing_lawful'), 'pass', 'what a platform does in any case has a legal basis');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'an activity without one fails')
from fault as f;

select is(
  pg_temp.observed_under(f.check_id, f.statement, '*: Detector results'), '{"role": "processor", "tables": 5}',
  'and is named')
from fault as f;

select is(
  pg_temp.status_under(
    'processing_lawful',
    $$ delete from comply.processing_activities $$),
  'na', 'without activities there is nothing to judge');

select * from finish();
rollback;
