-- The trail is written in the transaction of the change: it goes where the change goes.
begin;
set local search_path = tap, pg_catalog;
select plan(5);
\ir ../two_tenants.psql
\ir ../changes.psql

select pg_temp.left_by(pg_temp.insert_of(1));

savepoint undone;
select is(
  pg_temp.left_by($$
    update comply.storage_records
    set azure_region = 'uksouth'
    where tenant_id = 'test-acme'
  $$),
  'UPDATE 2', 'what a savepoint guards is audited');
rollback to undone;

select is_empty(
  $$
    select
    from comply.audit_trail as a
    where a.transaction_id = pg_current_xact_id()
      and a.operation = 'UPDATE'
  $$,
  'and forgotten with it');

create function pg_temp.fail_halfway()
returns void
language plpgsql
as $$
begin
  update comply.storage_records
  set azure_region = 'uksouth'
  where tenant_id = 'test-acme';

  insert into comply.storage_records (tenant_id, source_data_hash, detector_type, model_version, mapped_data)
  values ('test-acme', repeat('9', 64), 'presidio', 'test-1', '{"labels": ["No.Such"]}');
exception
  when sqlstate 'PC101' then
    null;
end;
$$;

select is(
  pg_temp.left_by('select pg_temp.fail_halfway()'), 'nothing', 'an exception that is caught takes it along');

select throws_ok(
  pg_temp.insert_of(1), '23505', null, 'a statement that fails');

select is(
  (select count(*) from comply.audit_trail as a where a.record_id = '00000000-0000-7000-8000-000000000101'),
  1::bigint, 'leaves no row beside that of the insert before it');

select * from finish();
rollback;
