begin;
set local search_path = tap, pg_catalog;
select plan(4);
\ir fixture.psql
\ir faults/subjects_exportable.psql

select is(pg_temp.status_of('subjects_exportable'), 'pass', 'an export finds every table of an installation');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'one that it would not find fails')
from fault as f;

select is(
  pg_temp.status_under(
    'subjects_exportable',
    $$ delete from comply_private.subject_columns where table_name = 'detector_executions' $$),
  'fail', 'or one that lost its column');

select is(
  pg_temp.status_under(
    'subjects_exportable',
    $$ update comply.column_labels set subject_kind = null $$),
  'na', 'without data of subjects there is nothing to judge');

select * from finish();
rollback;
