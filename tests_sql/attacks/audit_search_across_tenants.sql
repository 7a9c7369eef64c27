-- A service asks the trail for what another tenant did: by name, by what only the other has, by a cursor made of
-- the other's row.
begin;
set local search_path = tap, pg_catalog;
select plan(9);
\ir ../two_tenants.psql

select is(
  pg_temp.attempt('test_service', 'test-acme', $$ select from comply.audit_search('test-globex') $$), '0',
  'named, the other tenant has no rows');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme', $$ select from comply.audit_search() where tenant_id <> 'test-acme' $$),
  '0',
  'nor has it unnamed');

select isnt(
  pg_temp.attempt('test_service', 'test-acme', 'select from comply.audit_search()'), '0',
  'beside the own ones');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ select from comply.audit_search(correlation_id => '00000000-0000-4000-8000-0000000000cb') $$),
  '0',
  'asked for the other''s request it finds nothing');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    format('select from comply.audit_search(after => %L) where tenant_id <> %L', s.cursor, 'test-acme')),
  '0',
  'and after a row of the other, own rows only')
from comply.audit_search('test-globex', row_limit => 1) as s;

select is(
  pg_temp.attempt(r.role, 'test-acme', 'select from comply.audit_search()'), '42501', r.role || ' may not ask')
from unnest(array['comply_analyst', 'comply_operator']) as r (role);

select is(
  pg_temp.attempt(
    'test_service', 'test-acme', $$ select from comply.privileged_activity('-infinity', 'infinity') $$),
  '42501',
  'what administrators did is not for a service');

-- The function narrows by the tenant in context for the planner's sake; the policy is what holds.
select pg_temp.weaken(
  'comply.audit_search', 'if row_security_active(''comply.audit_trail'')', 'if false') \g /dev/null

select is(
  pg_temp.attempt('test_service', 'test-acme', $$ select from comply.audit_search('test-globex') $$), '0',
  'and without the function''s own condition the policy keeps the other tenant''s rows');

select * from finish();
rollback;
