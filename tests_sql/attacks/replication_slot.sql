-- A replication slot or a publication reads every change of every tenant out of the log, past all policies.
begin;
set local search_path = tap, pg_catalog;
set local client_min_messages = error;
select plan(8);
\ir ../two_tenants.psql

select is(
  pg_temp.attempt(r, null, statement), '42501',
  format('%s cannot: %s', r, statement))
from unnest(array[
  $$ select pg_create_logical_replication_slot('test_slot', 'test_decoding') $$,
  $$ select pg_logical_slot_peek_changes('test_slot', null, null) $$,
  $$ create publication test_publication for table comply.storage_records $$
]) as statement
cross join unnest(array['test_service', 'comply_admin']) as r;

select is_empty(
  $$ select pubname, schemaname, tablename from pg_publication_tables where schemaname ~ '^comply' $$,
  'nothing of ours is published');

do $$
begin
  execute format('grant create on database %I to comply_owner', current_database());
end;
$$;

select is(
  pg_temp.attempt(
    'comply_owner', null,
    $$ create publication test_publication for table comply.storage_records $$),
  '0',
  'who owns the tables and may create in the database could have published them');

select * from finish();
rollback;
