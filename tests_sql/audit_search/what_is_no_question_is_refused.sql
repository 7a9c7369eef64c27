-- Errors that say what to pass instead, and never an empty page that reads as an answer.
begin;
set local search_path = tap, pg_catalog;
select plan(18);
\ir ../two_tenants.psql

select throws_ok('select comply.audit_search(row_limit => 0)', 'PC220', null, 'a page of no row');
select throws_ok('select comply.audit_search(row_limit => 1001)', 'PC220', null, 'of too many');
select throws_ok('select comply.audit_search(row_limit => null)', 'PC220', null, 'of nobody knows how many');
select lives_ok('select comply.audit_search(row_limit => 1000)', 'though of a thousand');
select throws_ok(
  $$ select comply.audit_search(operation => 'insert') $$, 'PC221', null, 'an operation in small letters');
select is_empty(
  $$
    select o.operation
    from pg_constraint as k
    cross join regexp_matches(pg_get_constraintdef(k.oid), $re$'([A-Z]+)'$re$, 'g') as o (operation)
    where k.conname = 'audit_trail_operation_check'
      and k.conrelid = 'comply.audit_trail'::regclass
      and pg_temp.attempt(
        'comply_auditor', null,
        format('select from comply.audit_search(operation => %L, row_limit => 1)', o.operation[1])
      ) not in ('0', '1')
  $$,
  'though every operation that the trail can have');
select throws_ok(
  $$ select comply.audit_search(table_name => 'audit_trail') $$, 'PC201', null, 'a table without audit');
select throws_ok(
  format('select comply.audit_search(after => %L)', c.cursor), 'PC222', null, format('cursor %L', c.cursor))
from unnest(array[
  '',
  '1',
  'x/00000000-0000-7000-8000-00000000000a/1/test-acme',
  '-1/00000000-0000-7000-8000-00000000000a/1/test-acme',
  '1/00000000-0000-7000-8000-00000000000/1/test-acme',
  '99999999999999999/00000000-0000-7000-8000-00000000000a/1/test-acme',
  '1/00000000-0000-7000-8000-00000000000a/99999999999999999999/test-acme',
  '1/00000000-0000-7000-8000-00000000000a/1'
]) as c (cursor);
select lives_ok(
  $$
    select comply.audit_search(
      after => '9999999999999999/00000000-0000-7000-8000-00000000000a/9999999999999999999/test-acme')
  $$,
  'the largest one is one');

select is(
  pg_temp.attempt('test_service', null, 'select from comply.audit_search()'), 'PC004',
  'a service without a tenant is told so');
select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ select from comply.audit_search(since => '2001-02-01', before => '2001-01-01') $$),
  '0',
  'a time that ends before it begins has no rows');

select * from finish();
rollback;
