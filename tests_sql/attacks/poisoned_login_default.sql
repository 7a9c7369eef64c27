-- A login may give itself defaults. One injected ALTER ROLE, and all of its later sessions would begin with a
-- tenant, a token or a clock that nobody entered. PostgreSQL keeps settings of a package from those who hold
-- no right on them, so nobody may be granted one.
begin;
set local search_path = tap, pg_catalog;
select plan(10);
\ir ../two_tenants.psql

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ alter role test_service set comply.tenant_id = 'test-globex' $$),
  '42501',
  'a login cannot give itself a tenant to begin with');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ alter role test_service set comply.now = '2099-01-01 00:00+00' $$),
  '42501',
  'nor a clock');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ alter role comply_app set comply.tenant_id = 'test-globex' $$),
  '42501',
  'but not to the group that it is in');

select is(
  pg_temp.attempt('test_service', 'test-acme',
                  format('alter database %I set comply.tenant_id = %L', current_database(), 'test-globex')),
  '42501',
  'nor to the database');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ alter role test_service set session_replication_role = replica $$),
  '42501',
  'nor a setting that is a superuser''s');

select is_empty(
  $$ select parname from pg_parameter_acl where parname like 'comply.%' $$,
  'nobody holds a right on one of our settings');

savepoint without_defence;
grant set on parameter comply.tenant_id to test_service;

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ alter role test_service set comply.tenant_id = 'test-globex' $$),
  '0',
  'whoever did could poison its login');

rollback to without_defence;

-- What such a session would begin with.
set comply.tenant_id = 'test-globex';

select is(
  pg_temp.attempt('test_service', 'test-acme',
                  $$ select from comply.storage_records where tenant_id <> 'test-acme' $$),
  '0',
  'and if it then entered its tenant, it would see that one and no other');

select is(
  pg_temp.attempt('test_service', null, $$ select from comply.storage_records $$), '1',
  'while one that forgets to enter would see the default''s, in the trusted profile');

update comply_private.context_settings set profile = 'strict';

select is(
  pg_temp.attempt('test_service', null, $$ select from comply.storage_records $$), '0',
  'and nothing in the strict one');

select * from finish();
rollback;
