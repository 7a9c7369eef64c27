-- A service that becomes an administrator, the owner or an auditor leaves its tenant behind. By SET SESSION
-- AUTHORIZATION as well, which asks who really logged in: runner/tests/test_context.py tries that.
begin;
set local search_path = tap, pg_catalog;
set local client_min_messages = warning;
select plan(17);
\ir ../two_tenants.psql

select is(
  pg_temp.attempt('test_service', 'test-acme', format('set local role %I', r.rolname)), '42501',
  format('a service does not become %s', r.rolname))
from pg_roles as r
where r.rolname in ('comply_owner', 'comply_admin', 'comply_auditor', 'comply_analyst', 'comply_operator',
                    'comply_reader')
order by r.rolname;

select is(
  pg_temp.attempt('test_service', 'test-acme', 'grant comply_admin to test_service'), '42501',
  'nor by a grant to itself');

select is(
  pg_temp.attempt('test_service', 'test-acme', 'alter role test_service bypassrls'), '42501',
  'nor does it take itself out of row level security');

select is(
  pg_temp.attempt('test_service', 'test-acme', 'create role test_other in role comply_admin'), '42501',
  'nor make somebody who is more');

select is(
  pg_temp.attempt('test_service', 'test-acme', $$
    do 'begin set local role comply_admin; end'
  $$),
  '42501',
  'nor inside a block');

select is(
  pg_temp.attempt('test_service', 'test-acme', $$
    create function pg_temp.hop() returns bigint language sql set role = comply_admin
    return (select count(*) from comply.storage_records);
    select pg_temp.hop()
  $$),
  '42501',
  'nor by a function that sets the role');

select is(
  pg_temp.attempt('test_service', 'test-acme', 'reset role'), '0',
  'RESET ROLE leads back to the login and no further');

select is_empty(
  $$
    select g.rolname, m.rolname
    from pg_auth_members as a
    join pg_roles as g on g.oid = a.roleid
    join pg_roles as m on m.oid = a.member
    where g.rolname ~ '^comply_'
      and m.rolname ~ '^comply_'
  $$,
  'none of the roles is in another, so no grant of one brings a second');

select is_empty(
  $$
    select rolname
    from pg_roles
    where rolname ~ '^comply_'
      and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication or rolcanlogin)
  $$,
  'none logs in, passes row level security or makes roles');

select is_empty(
  $$
    select m.rolname, g.rolname
    from pg_roles as m
    join pg_roles as g on g.rolname ~ '^pg_((read|write)_all|(read|write|execute)_server|signal)'
    where m.rolname ~ '^comply_(app|reader|analyst|auditor|admin|operator)$'
      and pg_has_role(m.oid, g.oid, 'member')
  $$,
  'none is in a role of PostgreSQL that reads or writes everything');

savepoint without_defence;
grant comply_auditor to comply_app;

select is(
  pg_temp.attempt('test_service', 'test-acme', $$
    set local role comply_auditor;
    select from comply.tenant_configs where tenant_id ~ '^test-'
  $$),
  '2',
  'a role inside another would have opened every tenant''s settings');

rollback to without_defence;

select is(
  pg_temp.attempt('test_service', 'test-acme', $$
    set local role comply_auditor;
    select from comply.tenant_configs where tenant_id ~ '^test-'
  $$),
  '42501',
  'as they are, none is');

select * from finish();
rollback;
