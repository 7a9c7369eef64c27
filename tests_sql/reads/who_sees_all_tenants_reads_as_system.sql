-- An administrator's or an auditor's statement reads the rows of all tenants, so none of them is the one to
-- name. What they read matters most.
begin;
set local search_path = tap, pg_catalog;
select plan(13);
\ir ../two_tenants.psql

create role test_admin login in role comply_admin;
create role test_auditor login in role comply_auditor;
create role test_both login in role comply_admin, comply_app;

create temp view logged as
select l.tenant_id, l.user_id, l.table_name
from comply.access_log as l
where l.transaction_id = pg_current_xact_id();

set local session authorization test_admin;
select count(*) from comply.storage_records \g /dev/null
reset session authorization;
select is_empty('select * from logged', 'while no tenant is verbose, none is logged');

update comply.tenant_configs set audit_level = 'verbose' where tenant_id = 'test-acme';

set local session authorization test_admin;
select count(*) from comply.storage_records where tenant_id = 'test-globex' \g /dev/null
select comply.enter('test-globex');
select count(*) from comply.detector_executions \g /dev/null
select * from comply.tenant_overview() \g /dev/null
reset session authorization;

select set_eq(
  'select * from logged',
  $$ values ('_system', 'test_admin', 'storage_records'), ('_system', 'test_admin', 'detector_executions') $$,
  'then each of an administrator''s is, whatever rows it is for and whatever context he has entered');
select is((select count(*) from logged), 3::bigint, 'the overview, which counts with the owner''s rights, as well');

set local session authorization test_auditor;
select count(*) from comply.audit_trail \g /dev/null
select count(*) from comply.access_log \g /dev/null
select count(*) from comply.security_events \g /dev/null
reset session authorization;

select set_eq(
  $$ select table_name from logged where user_id = 'test_auditor' and tenant_id = '_system' $$,
  $$ values ('audit_trail'), ('access_log'), ('security_events') $$,
  'and each of an auditor''s: reads of the trail and of this log');

set local session authorization test_both;
select comply.enter('test-acme');
select count(*) from comply.model_metrics \g /dev/null
reset session authorization;

select set_eq(
  $$ select tenant_id, table_name from logged where user_id = 'test_both' $$,
  $$ values ('test-acme', 'model_metrics'), ('_system', 'model_metrics') $$,
  'who is both leaves both rows');

select is(pg_temp.attempt('test_admin', null, 'update comply.storage_records set blob_path = ''x'''), '2',
  'an administrator''s change needs no read');

-- Who reads the log

select is(pg_temp.attempt('test_service', 'test-acme', $$ select from comply.access_log where tenant_id = 'test-acme' $$), '1',
  'a tenant sees its own reads');
select is(pg_temp.attempt('test_service', 'test-acme', $$ select from comply.access_log where tenant_id = '_system' $$), '0',
  'not those of administrators, whose statements may tell of other tenants');
select is(pg_temp.attempt('test_service', 'test-globex', $$ select from comply.access_log $$), '0',
  'nor another''s');
select cmp_ok(pg_temp.attempt('test_auditor', null, $$ select from comply.access_log where tenant_id = '_system' $$)::integer,
  '>=', 6, 'an auditor sees them all');

set local session authorization comply_operator;
select * from comply.tenant_overview() \g /dev/null
reset session authorization;
select is((select count(*) from logged where user_id = 'comply_operator'), 1::bigint, 'an operator''s overview is logged');

select is(pg_temp.attempt('comply_operator', null, 'select from comply.access_log'), '42501', 'he has no log to read');
select is(pg_temp.attempt('comply_analyst', null, 'select from comply.access_log'), '42501', 'nor has an analyst');

select * from finish();
rollback;
