begin;
set local search_path = tap, pg_catalog;
select plan(6);

set local role comply_admin;

select is(comply.add_tenant('test-acme', 'Acme Ltd', 'minimal'), true, 'the first call adds the tenant');
select is(comply.add_tenant('test-acme', 'Another', 'verbose'), false, 'the second says that it was there');

select results_eq(
  $$ select display_name, audit_level from comply.tenant_configs where tenant_id = 'test-acme' $$,
  $$ values ('Acme Ltd', 'minimal') $$,
  'and the first name and level stand');

select throws_ok(
  $$ update comply.tenant_configs set tenant_id = 'test-globex' where tenant_id = 'test-acme' $$,
  '42501', null,
  'not even an administrator renames a tenant');

reset role;
select throws_ok(
  $$ update comply.tenant_configs set tenant_id = 'test-globex' where tenant_id = 'test-acme' $$,
  'PC002', null,
  'nor does the owner, or a superuser, by mistake');

set local role comply_app;
select throws_ok(
  $$ select comply.add_tenant('test-mine') $$,
  '42501', null,
  'an application adds no tenant');

select * from finish();
rollback;
