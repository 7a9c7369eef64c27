-- COPY is not SELECT and not INSERT: a policy that held for those alone would leave the widest door open.
-- What it does between server and client, runner/tests/test_context.py tries.
begin;
set local search_path = tap, pg_catalog;
select plan(10);
\ir ../two_tenants.psql

create temp table program_output (line text);
grant all on program_output to test_service;

create temp table copying as
select *
from (
  values
    (1, $$ copy comply.storage_records to '/tmp/test_records' $$, 'a service copies no table to a file'),
    (2, $$ copy (select * from comply.storage_records) to '/tmp/test_records' $$, 'nor a query'),
    (3, $$ copy comply.storage_records to program 'cat > /tmp/test_records' $$, 'nor to a program'),
    (4, $$ copy pg_temp.program_output from program 'id' $$, 'it runs no program'),
    (5, $$ copy pg_temp.program_output from '/etc/passwd' $$, 'reads no file of the server'),
    (6, $$ copy comply_private.context_keys to '/tmp/test_keys' $$, 'copies nothing private'),
    (7, $$ copy comply.audit_trail from '/tmp/test_records' $$, 'and puts nothing into the trail')
) as c (position, statement, what);

select is(pg_temp.attempt('test_service', 'test-acme', statement), '42501', what)
from copying
order by position;

select is_empty(
  $$
    select r.rolname
    from pg_roles as r
    where r.rolname ~ '^comply_'
      and (pg_has_role(r.oid, 'pg_read_server_files', 'member')
           or pg_has_role(r.oid, 'pg_write_server_files', 'member')
           or pg_has_role(r.oid, 'pg_execute_server_program', 'member'))
  $$,
  'none of our roles is in one of PostgreSQL''s that may');

grant pg_execute_server_program to test_service;

select is(
  pg_temp.attempt('test_service', 'test-acme', $$ copy pg_temp.program_output from program 'echo seen' $$),
  '1',
  'which would have run a program');

select is(
  pg_temp.attempt('test_service', 'test-acme', $$
    copy (select tenant_id from comply.storage_records) to program 'cat > /dev/null'
  $$),
  '1',
  'and would have copied the one record that the policies show');

select * from finish();
rollback;
