begin;
set local search_path = tap, pg_catalog;
select plan(5);
\ir fixture.psql
\ir faults/confidential_masked.psql

select is(pg_temp.status_of('confidential_masked'), 'pass', 'nobody reads what is not meant for them');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'a confidential column that analysts read fails')
from fault as f;

select is(
  pg_temp.status_under(
    'confidential_masked',
    $$ create view comply.leak as select lower(subject_id) as who from comply.storage_records;
         grant select on comply.leak to comply_analyst $$),
  'fail', 'or one that a view shows them');

select is(
  pg_temp.status_under(
    'confidential_masked',
    $$ create view comply.tally as select count(subject_id) as subjects from comply.storage_records;
         grant select on comply.tally to comply_analyst $$),
  'pass', 'but not one that it only counts');

select is(
  pg_temp.status_under(
    'confidential_masked',
    $$ update comply.column_labels set classification = 'internal', waiver = null $$),
  'na', 'without a confidential column there is nothing to judge');

select * from finish();
rollback;
