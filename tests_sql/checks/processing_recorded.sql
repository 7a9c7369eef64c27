begin;
set local search_path = tap, pg_catalog;
select plan(5);
\ir fixture.psql
\ir faults/processing_recorded.psql

select is(pg_temp.status_of('processing_recorded'), 'pass', 'every table of an installation with personal data is on record');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'one that no activity uses fails')
from fault as f;

select is(
  pg_temp.status_under(
    'processing_recorded',
    $$ insert into comply.tenant_configs (tenant_id, display_name) values ('test-own', 'A tenant');
         update comply.processing_activities set tenant = 'test-own' $$),
  'pass', 'activities of every single tenant do as well');

select is(
  pg_temp.status_under(
    'processing_recorded',
    $$ insert into comply.tenant_configs (tenant_id, display_name) values ('test-own', 'A tenant'),
           ('test-other', 'A tenant');
         update comply.processing_activities set tenant = 'test-own' $$),
  'fail', 'those of some do not');

select is(
  pg_temp.status_under(
    'processing_recorded',
    $$ update comply.column_labels set subject_kind = null $$),
  'na', 'without personal data there is nothing to judge');

select * from finish();
rollback;
