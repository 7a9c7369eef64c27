-- A line of the trail that nothing stands behind is false evidence, against whomever it names.
begin;
set local search_path = tap, pg_catalog;
select plan(11);
\ir ../two_tenants.psql

select $$
  insert into %s (tenant_id, id, "timestamp", table_name, record_id, operation, user_id, transaction_id)
  values ('test-acme', gen_random_uuid(), now(), 'storage_records', gen_random_uuid(), 'DELETE', 'ana', '1')
$$ as forgery \gset

select is(
  pg_temp.attempt(r, case when r in ('test_service', 'comply_reader') then 'test-acme' end,
                  format(:'forgery', 'comply.audit_trail')),
  '42501',
  format('%s writes no line', r))
from unnest(array[
  'test_service', 'comply_reader', 'comply_analyst', 'comply_auditor', 'comply_admin',
  'comply_operator']) as r;

select tableoid::regclass as partition from comply.audit_trail where tenant_id = 'test-globex' limit 1 \gset

select is(
  pg_temp.attempt('test_service', 'test-acme', format(:'forgery', :'partition')), '42501',
  'nor does a service write one into a partition');

-- Calls the trigger's function without a change, or from a trigger on a table of its own.
select is(
  pg_temp.attempt('test_service', 'test-acme', 'select comply_private.tg_storage_records__audit()'), '42501',
  'the function that writes is not to be called');

select is(
  pg_temp.attempt('test_service', 'test-acme', $$
    create temp table storage_records as select * from comply.storage_records with no data;
    create trigger _500_audit_insert after insert on pg_temp.storage_records referencing new table as new_rows
      for each statement execute function comply_private.tg_storage_records__audit()
  $$),
  '42501',
  'nor to be put on a table of the service');

-- What a client says of itself is in the trail, beside what it cannot choose.
set local session authorization test_service;
set local application_name = 'postgres';
select comply.enter('test-acme', 'the auditor');
update comply.storage_records set blob_path = 'seen';
reset session authorization;

select results_eq(
  $$
    select a.user_id, a.actor, a.user_agent
    from comply.audit_trail as a
    where a.record_id = '00000000-0000-7000-8000-00000000000a'
      and a.operation = 'UPDATE'
  $$,
  $$ values ('test_service', 'the auditor', 'postgres') $$,
  'a service can claim an actor and a program, but not another login');

grant usage on schema comply_private to test_service;
grant execute on function comply_private.tg_storage_records__audit() to test_service;

select is(
  pg_temp.attempt('test_service', 'test-acme', $$
    create temp table storage_records as select * from comply.storage_records with no data;
    create trigger _500_audit_insert after insert on pg_temp.storage_records referencing new table as new_rows
      for each statement execute function comply_private.tg_storage_records__audit();
    insert into pg_temp.storage_records (tenant_id, id) values ('test-globex', gen_random_uuid())
  $$),
  '1',
  'with the wall open, a temporary table would have written the trail of the other tenant');

select * from finish();
rollback;
