-- A service that makes temporary tables with our names could feed functions rows of its own, and be audited
-- into a table of its own.
begin;
set local search_path = tap, pg_catalog, pg_temp;
select plan(5);
\ir ../two_tenants.psql

set local session authorization test_service;

create temp table audit_trail (like comply.audit_trail);
create temp table storage_records (like comply.storage_records);
create temp table new_rows as
select r.*
from comply.storage_records as r;
create temp table old_rows (like comply.storage_records);
create temp table tenant_configs as
select 'test-nobody' as tenant_id, 'minimal' as audit_level;
grant all on audit_trail, storage_records, new_rows, old_rows, tenant_configs to public;

select throws_ok(
  $$ select comply.enter('test-nobody') $$,
  'PC003', null,
  'a tenant of a shadow table is unknown');

select comply.enter('test-acme');

insert into storage_records
select *
from comply.storage_records;

select is(
  (select count(*) from comply.search_records('{}')), 1::bigint,
  'a search reads no shadow record');

update comply.storage_records
set blob_path = 'seen';

select is_empty($$ select from audit_trail $$, 'nothing is audited into a shadow');

select results_eq(
  $$
    select a.operation, a.new_values ->> 'blob_path'
    from comply.audit_trail as a
    where a.record_id = '00000000-0000-7000-8000-00000000000a'
    order by a.id
  $$,
  $$ values ('INSERT', null), ('UPDATE', 'seen') $$,
  'but into the trail, from the rows of the statement and not from tables of their name');

reset session authorization;
select pg_temp.weaken('comply_private.tg_storage_records__audit', 'insert into comply.audit_trail',
                      'insert into audit_trail');
alter function comply_private.tg_storage_records__audit() set search_path = '';
set local session authorization test_service;

update comply.storage_records
set blob_path = 'unseen';

select isnt_empty(
  $$ select from audit_trail $$,
  'if the function named the trail bare, the shadow would have it');

select * from finish();
rollback;
