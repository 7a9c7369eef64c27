-- Statement triggers are not inherited, so every partition has its own. Only a superuser gets this far.
begin;
set local search_path = tap, pg_catalog;
select plan(10);
\ir ../two_tenants.psql
\ir ../changes.psql

select tableoid::regclass as leaf from comply.storage_records where tenant_id = 'test-acme' \gset

select is(pg_temp.left_by(pg_temp.insert_of(1, :'leaf')), 'INSERT 1', 'an insert');

select is(
  pg_temp.left_by(
    format('update %s set azure_region = ''uksouth'' where tenant_id = ''test-acme''', :'leaf')),
  'UPDATE 2', 'an update');

select is(
  pg_temp.left_by(format('delete from %s where tenant_id = ''test-acme''', :'leaf')), 'DELETE 2', 'a delete');

select set_eq(
  $$
    select distinct a.table_name
    from comply.audit_trail as a
    where a.transaction_id = pg_current_xact_id()
      and a.operation <> 'INSERT'
  $$,
  array['storage_records'], 'is told of under the name of the table');

select is(
  pg_temp.left_by($$
    update comply.storage_records
    set azure_region = 'eastus'
    where tenant_id = 'test-globex'
  $$),
  'UPDATE 1', 'through the table it is told of once, not twice');

select throws_ok(
  format('update %s set "timestamp" = "timestamp" + interval ''1 month''', :'leaf'), 'PC002', null,
  'no row moves to another month, not even from a partition');

select throws_ok(
  $$ update comply.storage_records set "timestamp" = "timestamp" + interval '1 month' $$, 'PC002', null,
  'nor through the table: what names a row never changes');

set local session_replication_role = replica;

select is(
  array[
    pg_temp.left_by(pg_temp.insert_of(2)),
    pg_temp.left_by($$
    update comply.storage_records
    set azure_region = 'uksouth'
    where tenant_id = 'test-acme'
  $$),
    pg_temp.left_by($$ delete from comply.storage_records where tenant_id = 'test-acme' $$)
  ],
  array['INSERT 1', 'UPDATE 1', 'DELETE 1'], 'a session that acts as a replica is audited');

select is(
  array[
    pg_temp.left_by(pg_temp.insert_of(3, :'leaf')),
    pg_temp.left_by(format('truncate %s', :'leaf'))
  ],
  array['INSERT 1', 'TRUNCATE 2'], 'on a partition as well');

set local session_replication_role = origin;

select is(
  pg_temp.left_by(format(
    'alter table comply.storage_records detach partition %s; %s', :'leaf', pg_temp.insert_of(4, :'leaf'))),
  'INSERT 1', 'a partition keeps its triggers when it is detached');

select * from finish();
rollback;
