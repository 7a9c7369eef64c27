-- A prepared statement keeps its plan: made for one role or tenant and run for another, it must not carry the
-- first one's policies along.
begin;
set local search_path = tap, pg_catalog;
select plan(9);
\ir ../two_tenants.psql

grant comply_admin to test_service;
set local plan_cache_mode = force_generic_plan;
set local session authorization test_service;

prepare records as
select tenant_id
from comply.storage_records
where tenant_id ~ '^test-'
order by tenant_id;

select is_empty('execute records', 'prepared and run without a tenant, no row');

select comply.enter('test-acme');
select results_eq('execute records', $$ values ('test-acme') $$, 'then with one, its row');

select comply.enter('test-globex');
select results_eq('execute records', $$ values ('test-globex') $$, 'then with another, that one''s');

set local role comply_admin;
select results_eq(
  'execute records', $$ values ('test-acme'), ('test-globex') $$,
  'as an administrator, both');

set local role comply_app;
select results_eq('execute records', $$ values ('test-globex') $$, 'and back again, one');

reset role;
set local row_security = off;
select throws_ok('execute records', '42501', null, 'nor does it outlive row_security');

set local row_security = on;
prepare change as
update comply.storage_records set blob_path = 'seen' where tenant_id = 'test-globex' returning id;

select isnt_empty('execute change', 'a change that is prepared works for its tenant');

select comply.enter('test-acme');
select is_empty('execute change', 'and not from another');

reset session authorization;
alter table comply.storage_records disable row level security;
set local session authorization test_service;

select isnt_empty('execute change', 'without policies it would have');

select * from finish();
rollback;
