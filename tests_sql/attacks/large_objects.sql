-- Large objects have no policy: what one tenant's data is put into, every session of the same login can read.
-- And lo_export() writes files of the server.
begin;
set local search_path = tap, pg_catalog;
select plan(10);
\ir ../two_tenants.psql

create role test_other_service login in role comply_app;

select is_empty(
  $$
    select c.oid::regclass, a.attname
    from pg_class as c
    join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
    where c.relnamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
      and c.relkind in ('r', 'p')
      and format_type(a.atttypid, null) in ('oid', 'lo')
  $$,
  'no table of ours refers to one');

set local session authorization test_service;
select lo_from_bytea(0, 'globex reactor') as object \gset
reset session authorization;

select is(
  pg_temp.attempt('test_other_service', 'test-acme', format('select lo_get(%s)', :'object')), '42501',
  'one login does not read what another keeps there');

select is(
  pg_temp.attempt('test_other_service', 'test-acme', format('select lo_put(%s, 0, %L)', :'object', 'x')),
  '42501',
  'nor write into it');

select is(
  pg_temp.attempt('test_other_service', 'test-acme', format('select lo_unlink(%s)', :'object')), '42501',
  'nor end it');

select is(
  pg_temp.attempt('test_other_service', 'test-acme', 'select from pg_largeobject'), '42501',
  'nor look beneath');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    format('select lo_export(%s, %L)', :'object', '/tmp/test_object')),
  '42501',
  'no login of ours writes one to a file of the server');

select is(
  pg_temp.attempt('test_service', 'test-acme', $$ select lo_import('/etc/passwd') $$), '42501',
  'or one from such a file');

select is(
  pg_temp.attempt('test_service', 'test-acme', $$ set local lo_compat_privileges = on $$), '42501',
  'or switches the privileges off');

select is(
  pg_temp.attempt('test_service', 'test-acme', format('select lo_get(%s)', :'object')), '1',
  'but one login is one to PostgreSQL whatever its tenant: keep nothing of tenants there');

set local lo_compat_privileges = on;

select is(
  pg_temp.attempt('test_other_service', 'test-acme', format('select lo_get(%s)', :'object')), '1',
  'with the privileges off the other login would have read it');

select * from finish();
rollback;
