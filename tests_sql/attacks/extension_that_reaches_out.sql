-- dblink, foreign tables, untrusted languages and the outside clients of a server carry data past every
-- policy.
begin;
set local search_path = tap, pg_catalog;
select plan(6);
\ir ../two_tenants.psql

select is_empty(
  $$
    select e.extname
    from pg_extension as e
    where e.extname not in ('plpgsql', 'pgtap', 'plpgsql_check', 'pgcrypto', 'pg_stat_statements')
  $$,
  'no extension is there that could');

select is_empty(
  $$ select lanname from pg_language where lanname not in ('internal', 'c', 'sql', 'plpgsql') $$,
  'no language but SQL and PL/pgSQL');

select is_empty($$ select srvname from pg_foreign_server $$, 'no foreign server');

select is(
  pg_temp.attempt('test_service', 'test-acme', statement), '42501',
  format('a service cannot: %s', statement))
from unnest(array[
  'create extension pgcrypto',
  'create foreign data wrapper test_wrapper',
  'create language test_language handler plpgsql_call_handler'
]) as statement;

select * from finish();
rollback;
