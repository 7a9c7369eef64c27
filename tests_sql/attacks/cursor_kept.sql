-- A cursor is planned once, with the role and the tenant of that moment: kept open across a change of either,
-- it must not go on with the rights of the one and the tenant of the other.
begin;
set local search_path = tap, pg_catalog;
select plan(8);
\ir ../two_tenants.psql

create role test_reader login in role comply_reader;
set local session authorization test_service;

declare unread cursor for select tenant_id from comply.storage_records;

select comply.enter('test-acme');
declare of_acme cursor for select tenant_id from comply.storage_records for update;
move next in of_acme;
select comply.enter('test-globex');

select results_eq(
  $$ fetch all from unread $$, $$ values ('test-globex') $$,
  'opened before any tenant and first read under one, it shows that one');

select is_empty(
  $$ update comply.storage_records set blob_path = 'seen' where current of of_acme returning id $$,
  'the row that one stands on, read under one tenant, is not changed from the next');

select is_empty(
  $$ delete from comply.storage_records where current of of_acme returning id $$,
  'nor deleted');

select is_empty($$ fetch all from of_acme $$, 'nor does the cursor come to rows of the next');

-- Opened by a role that sees more. It has to be a member of it, as no service is.
reset session authorization;
set local role comply_admin;
declare of_admin cursor for select tenant_id from comply.storage_records where tenant_id ~ '^test-';
reset role;
set local session authorization test_service;

select results_eq(
  $$ fetch all from of_admin $$, $$ values ('test-acme'), ('test-globex') $$,
  'a cursor that an administrator left open shows what the administrator saw: a pool must not mix logins');

-- WITH HOLD outlives the transaction, and so the context.
reset session authorization;
select is_empty(
  $$
    select p.oid::regprocedure
    from pg_proc as p
    where p.pronamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
      and p.prosrc ~* 'with\s+hold'
  $$,
  'none of our functions leaves one open for the next user of a connection');

alter policy storage_records_tenant_floor on comply.storage_records using (true) with check (true);
alter policy storage_records_tenant_writes on comply.storage_records using (true) with check (true);
alter policy storage_records_tenant_reads on comply.storage_records to comply_app, comply_reader using (true);
set local session authorization test_service;
select comply.enter('test-acme');
declare of_any cursor for
  select tenant_id from comply.storage_records where tenant_id = 'test-acme' for update;
move next in of_any;
select comply.enter('test-globex');

select isnt_empty(
  $$ update comply.storage_records set blob_path = 'seen' where current of of_any returning id $$,
  'without policies the row under the cursor would have been changed');

close all;
select is_empty(
  $$ select name from pg_cursors where name !~ '^<unnamed' $$,
  'CLOSE ALL, as poolers send it, leaves none');

select * from finish();
rollback;
