-- Rows have addresses, and tables can be sampled by page: ways to a row that name no column of it.
begin;
set local search_path = tap, pg_catalog;
select plan(8);
\ir ../two_tenants.psql

select ctid as place, tableoid::regclass as partition
from comply.storage_records
where tenant_id = 'test-globex' \gset

select is(
  pg_temp.attempt('test_service', 'test-acme', replace(statement, '{place}', :'place')), '0',
  format('%s reaches no foreign row', what))
from (
  values
    (1, 'a row''s place', $$
      select from comply.storage_records where ctid = '{place}' and tenant_id <> 'test-acme'
    $$),
    (2, 'a change by place', $$
      update comply.storage_records set blob_path = 'seen' where ctid = '{place}' and tenant_id <> 'test-acme'
    $$),
    (3, 'a sample of pages', $$
      select from comply.storage_records tablesample system (100) where tenant_id <> 'test-acme'
    $$),
    (4, 'a sample of rows', $$
      select from comply.storage_records tablesample bernoulli (100) where tenant_id <> 'test-acme'
    $$),
    (5, 'the age of a row', $$
      select from comply.storage_records where xmin::text <> '0' and tenant_id <> 'test-acme'
    $$)
) as w (position, what, statement)
order by position;

select is(
  pg_temp.attempt('test_service', 'test-acme', $$ select from only comply.storage_records $$), '0',
  'the parent alone has no rows');

select is(
  pg_temp.attempt('test_service', 'test-acme', format('select currtid2(%L, %L)', :'partition', :'place')),
  '42501',
  'nor is a partition asked for the newest version of one');

alter table comply.storage_records disable row level security;

select is(
  pg_temp.attempt('test_service', 'test-acme', $$
    select from comply.storage_records tablesample bernoulli (100) where tenant_id = 'test-globex'
  $$),
  '1',
  'without policies a sample would have had the other tenant''s record');

select * from finish();
rollback;
