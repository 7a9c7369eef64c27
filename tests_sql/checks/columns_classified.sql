begin;
set local search_path = tap, pg_catalog;
select plan(5);
\ir fixture.psql
\ir faults/columns_classified.psql

select is(pg_temp.status_of('columns_classified'), 'pass', 'every column of an installation has a label');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'one without a label fails')
from fault as f;

select is(
  pg_temp.observed_under(f.check_id, f.statement, 'storage_records.azure_region'), '{"problem": "no label"}',
  'and is named')
from fault as f;

select is(
  pg_temp.status_under(
    'columns_classified',
    $$ alter table comply.model_metrics add column note text $$),
  'fail', 'or one that is new');

select is(
  pg_temp.status_under(
    'columns_classified',
    $$ alter table comply.model_metrics drop column metadata $$),
  'fail', 'or a label without its column');

select * from finish();
rollback;
