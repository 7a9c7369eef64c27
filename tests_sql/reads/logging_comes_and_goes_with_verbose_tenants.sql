-- The policies that log cost every tenant its parallel plans: they are there while somebody wants them.
begin;
set local search_path = tap, pg_catalog;
select plan(16);
\ir ../two_tenants.psql

create function pg_temp.hooks()
returns bigint
language sql
as $$
  select count(*) from pg_policy as p where p.polname ~ '_(tenant|staff)_reads_noted$'
$$;

create function pg_temp.tables()
returns bigint
language sql
as $$
  select count(*)
  from pg_class as c
  join pg_attribute as a on a.attrelid = c.oid and a.attname = 'tenant_id'
  where c.relnamespace = 'comply'::regnamespace
    and c.relkind in ('r', 'p')
    and not c.relispartition
$$;

select is(pg_temp.hooks(), 0::bigint, 'without a verbose tenant no table has a policy that logs');

create temp table fingerprints as
select comply_private.object_fingerprints() as value;

set local role comply_admin;
update comply.tenant_configs set audit_level = 'verbose' where tenant_id = 'test-acme';
reset role;

select is(pg_temp.hooks(), 2 * pg_temp.tables(), 'with the first, every table of tenants has two');
select is_empty(
  $$ select h.table_name from comply_private.read_hooks() as h where h.is_there is distinct from true $$,
  'as the generator writes them');

select is(
  (select f.value from fingerprints as f), comply_private.object_fingerprints(),
  'which is no drift');

select is_empty(
  $$ select p.polname from pg_policy as p where p.polname ~ '_reads_noted$' and (p.polpermissive or p.polcmd <> 'r') $$,
  'they are restrictive and for SELECT: they open nothing, and what is not read is not logged');

update comply.tenant_configs set audit_level = 'verbose' where tenant_id = 'test-globex';
update comply.tenant_configs set audit_level = 'standard' where tenant_id = 'test-acme';
select is(pg_temp.hooks(), 2 * pg_temp.tables(), 'they stay while one is left');

update comply.tenant_configs set audit_level = 'minimal' where tenant_id = 'test-globex';
select is(pg_temp.hooks(), 0::bigint, 'and go with the last');

set local role comply_admin;
select comply.add_tenant('test-new', null, 'verbose');
reset role;
select is(pg_temp.hooks(), 2 * pg_temp.tables(), 'a tenant may be added as one');
delete from comply.tenant_configs where tenant_id = 'test-new';
select is(pg_temp.hooks(), 0::bigint, 'and be deleted');

set local session_replication_role = replica;
update comply.tenant_configs set audit_level = 'verbose' where tenant_id = 'test-acme';
set local session_replication_role = origin;
select is(pg_temp.hooks(), 2 * pg_temp.tables(), 'a replica''s change counts');

-- What is deployed while it is on.
create table comply.test_table (tenant_id text not null);
select is(
  (select h.status from comply.health() as h where h.name = 'reads_logged'), 'fail',
  'a table that came later is missed by comply.health()');
select comply_private.log_reads();
select is(pg_temp.hooks(), 2 * pg_temp.tables(), 'and gets its policies as its next step says');
drop table comply.test_table;

savepoint redeployed;
\ir ../../policies/comply.storage_records.sql
select is(pg_temp.hooks(), 2 * pg_temp.tables(), 'a file of policies that is deployed again leaves them');
rollback to redeployed;

-- Why not a conjunct of the policy that lets a tenant read.
select comply_private.log_reads();
update comply.tenant_configs set audit_level = 'standard' where tenant_id = 'test-acme';
update comply.tenant_configs set audit_level = 'verbose' where tenant_id = 'test-acme';
drop policy storage_records_tenant_reads_noted on comply.storage_records;
alter policy storage_records_tenant_reads on comply.storage_records
  to comply_app, comply_reader
  using (tenant_id = (select comply.current_tenant()) and (select comply_private.note_read('storage_records')));

set local session authorization test_service;
select comply.enter('test-acme');
select count(*) from comply.storage_records where source_data_hash = 'none' \g /dev/null
reset session authorization;
select is(
  (select count(*) from comply.access_log where transaction_id = pg_current_xact_id()), 0::bigint,
  'for a role that may write as well, one would be lost where no row is found');

alter policy storage_records_tenant_reads on comply.storage_records
  to comply_reader
  using (tenant_id = (select comply.current_tenant()));
select comply_private.log_reads();

set local session authorization test_service;
select comply.enter('test-acme');
select count(*) from comply.storage_records where source_data_hash = 'none' \g /dev/null
reset session authorization;
select is(
  (select count(*) from comply.access_log where transaction_id = pg_current_xact_id()), 1::bigint,
  'which a policy of its own is not');

select is(
  (select h.status from comply.health() as h where h.name = 'reads_logged') in ('ok', 'warn'), true,
  'and comply.health() finds all in order');

select * from finish();
rollback;
