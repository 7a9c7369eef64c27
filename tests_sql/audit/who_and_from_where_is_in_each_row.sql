-- What a caller cannot choose is noted beside what it claims.
begin;
set local search_path = tap, pg_catalog;
select plan(8);
\ir ../two_tenants.psql
\ir ../changes.psql

grant comply_admin to test_service;

create view pg_temp.last_change as
select *
from comply.audit_trail as a
where a.transaction_id = pg_current_xact_id()
order by a.id desc
limit 1;

set local application_name = 'gateway 7';
set local session authorization test_service;
select comply.enter('test-acme', 'alice@example.com', '00000000-0000-4000-8000-0000000000c1');
insert into comply.storage_records (
  tenant_id, id, source_data_hash, detector_type, model_version, mapped_data)
values ('test-acme', '00000000-0000-7000-8000-000000000401', repeat('f', 64), 'presidio', 'test-1',
        '{"labels": ["PII.Other"]}');
reset session authorization;

select is(
  (a.user_id, a.active_role, a.actor, a.correlation_id, a.user_agent, a.transaction_id, a.tenant_id,
   a.record_id),
  ('test_service'::text, null::text, 'alice@example.com'::text, '00000000-0000-4000-8000-0000000000c1'::uuid,
   'gateway 7'::text, pg_current_xact_id(), 'test-acme'::text, '00000000-0000-7000-8000-000000000401'::uuid),
  'login, actor, request, program, transaction, tenant and row')
from pg_temp.last_change as a;

select is(a.ip_address, inet_client_addr(), 'and the address of the client') from pg_temp.last_change as a;

select is(
  r.correlation_id, '00000000-0000-4000-8000-0000000000c1'::uuid, 'the record belongs to the same request')
from comply.storage_records as r
where r.id = '00000000-0000-7000-8000-000000000401';

set local session authorization test_service;
set local role comply_admin;
select comply.enter('test-acme');
update comply.tenant_configs set display_name = 'Acme 2' where tenant_id = 'test-acme';
reset role;
reset session authorization;

select is(
  (a.user_id, a.active_role, a.actor, a.correlation_id),
  ('test_service'::text, 'comply_admin'::text, null::text, null::uuid),
  'a role that was set stands beside the login, and a context without an actor names none')
from pg_temp.last_change as a;

set local comply.user_id = 'nobody';
set local session authorization test_service;
set local role comply_app;
select comply.enter('test-acme', 'postgres');
update comply.storage_records set azure_region = 'uksouth' where tenant_id = 'test-acme';
reset role;
reset session authorization;

select is(
  (a.user_id, a.active_role, a.actor), ('test_service'::text, 'comply_app'::text, 'postgres'::text),
  'whoever claims to be somebody is still known by the login')
from pg_temp.last_change as a;

select cmp_ok(
  a."timestamp", '>', now(), 'the time is that of the statement, not of the transaction''s beginning')
from pg_temp.last_change as a;

select is(
  (select count(distinct a.transaction_id) from comply.audit_trail as a where a.record_id in (
    '00000000-0000-7000-8000-00000000000a', '00000000-0000-7000-8000-00000000000b')),
  1::bigint, 'rows of one transaction share its id');

savepoint inside;
update comply.model_metrics set metric_value = 0.1 where tenant_id = 'test-acme';
select is(
  (select a.transaction_id
   from comply.audit_trail as a
   where a.tenant_id = 'test-acme'
     and a.table_name = 'model_metrics'
     and a.operation = 'UPDATE'
   order by a.id desc
   limit 1),
  pg_current_xact_id(), 'a savepoint does not change it');

select * from finish();
rollback;
