begin;
set local search_path = tap, pg_catalog;
select plan(4);
\ir fixture.psql
\ir faults/restricted_encrypted.psql

select is(pg_temp.status_of('restricted_encrypted'), 'pass', 'envelopes and waivers pass');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'a restricted column with plaintext fails')
from fault as f;

select is(
  pg_temp.status_under(
    'restricted_encrypted',
    $$ alter table comply.storage_records drop constraint storage_records_confidential_check $$),
  'fail', 'or one whose constraint is gone');

select is(
  pg_temp.status_under(
    'restricted_encrypted',
    $$ update comply.column_labels set classification = 'confidential', waiver = null $$),
  'na', 'without a restricted column there is nothing to judge');

select * from finish();
rollback;
