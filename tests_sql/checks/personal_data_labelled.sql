begin;
set local search_path = tap, pg_catalog;
select plan(4);
\ir fixture.psql
\ir faults/personal_data_labelled.psql

select is(pg_temp.status_of('personal_data_labelled'), 'pass', 'no column of an installation seems to have personal data');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'one with an address in a value fails')
from fault as f;

select is(
  pg_temp.status_under(
    'personal_data_labelled',
    $$ alter table comply.model_metrics add column passport_no text $$),
  'manual', 'a name alone is for a person to judge');

select is(
  pg_temp.status_under(
    'personal_data_labelled',
    $$ update comply.detectors set description = 'Ask ana@example.com';
         select comply.classify_column('detectors', 'description', 'confidential', 'staff') $$),
  'pass', 'and one that is labelled so passes');

select * from finish();
rollback;
