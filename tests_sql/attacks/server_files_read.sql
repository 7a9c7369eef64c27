-- Functions that read files of the server read the data files of every tenant, and the server's keys.
begin;
set local search_path = tap, pg_catalog;
select plan(13);
\ir ../two_tenants.psql

select is(
  pg_temp.attempt('test_service', 'test-acme', 'select ' || call), '42501',
  format('a service does not call %s', split_part(call, '(', 1)))
from unnest(array[
  $$pg_read_file('PG_VERSION')$$, $$pg_read_binary_file('PG_VERSION')$$, $$pg_stat_file('PG_VERSION')$$,
  $$pg_ls_dir('.')$$, $$pg_ls_logdir()$$, $$pg_ls_waldir()$$, $$lo_import('/etc/passwd')$$,
  $$pg_read_file(current_setting('data_directory') || '/PG_VERSION')$$
]) as call;

select is(
  pg_temp.attempt(r, null, $$ select pg_read_file('PG_VERSION') $$), '42501',
  format('nor does %s', r))
from unnest(array['comply_operator', 'comply_admin', 'comply_owner']) as r;

select is(
  pg_temp.attempt('test_service', 'test-acme', 'load ''/tmp/test_library.so'''), '42501',
  'nor does a service load code into the server');

grant execute on function pg_read_file(text) to test_service;

select is(
  pg_temp.attempt('test_service', 'test-acme', $$ select pg_read_file('PG_VERSION') $$), '1',
  'only a grant by a superuser would have let it');

select * from finish();
rollback;
