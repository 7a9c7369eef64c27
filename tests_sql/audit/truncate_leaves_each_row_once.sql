-- TRUNCATE of a partitioned table fires on it and on each partition, that of a partition only there. Either
-- way each row is told of once.
begin;
set local search_path = tap, pg_catalog;
select plan(7);
\ir ../two_tenants.psql
\ir ../changes.psql

select lives_ok(
  $$ select comply.ensure_past_partitions('storage_records', now() - interval '2 months', now()) $$,
  'there is a second month with rows');

select is(
  pg_temp.left_by(
    replace(pg_temp.insert_of(1), 'date_trunc(''month'', now())', 'now() - interval ''2 months''')),
  'INSERT 1', 'an old record is in it');

select
  count(*) as records,
  count(*) filter (where r."timestamp" < date_trunc('month', now())) as old_records,
  min(r.tableoid::regclass::text) as old_month
from comply.storage_records as r \gset

select count(*) as measurements from comply.model_metrics \gset
select count(*) as calls from comply.detector_executions \gset

savepoint before_truncate;

select is(
  pg_temp.left_by('truncate comply.storage_records'), format('TRUNCATE %s', :records),
  'of the table: each row of each month once');

select set_eq(
  $$
    select a.tenant_id, a.record_id, a.table_name, a.old_values ->> 'source_data_hash', a.new_values
    from comply.audit_trail as a
    where a.operation = 'TRUNCATE'
      and a.tenant_id like 'test-%'
      and a.transaction_id = pg_current_xact_id()
  $$,
  $$
    values
      ('test-acme', '00000000-0000-7000-8000-00000000000a'::uuid, 'storage_records', repeat('a', 64),
       null::jsonb),
      ('test-globex', '00000000-0000-7000-8000-00000000000b', 'storage_records', repeat('b', 64), null),
      ('test-acme', '00000000-0000-7000-8000-000000000101', 'storage_records', repeat('c', 64), null)
  $$,
  'with its image, and under the name of the table');

rollback to before_truncate;

select is(
  pg_temp.left_by(format('truncate %s', :'old_month')),
  format('TRUNCATE %s', :old_records),
  'of a partition: its rows, and no others');

select is(
  pg_temp.left_by('truncate comply.model_metrics, comply.detector_executions'),
  format('TRUNCATE %s', :measurements + :calls), 'of two tables: the rows of both');

select is(
  pg_temp.left_by('truncate comply.storage_records'), format('TRUNCATE %s', :records - :old_records),
  'and what was truncated is not told of again');

select * from finish();
rollback;
