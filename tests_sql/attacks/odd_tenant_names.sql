-- comply.enter() writes the tenant into a statement: a name that is more than a name would be more than a
-- tenant.
begin;
set local search_path = tap, pg_catalog;
select plan(26);
\ir ../two_tenants.psql

create temp table odd as
select *
from unnest(array[
  null, '', ' ', '%', '*', '.', '..', '-acme', '_acme', 'ACME', 'Test-acme', 'test-acme ', ' test-acme',
  E'test-acme\n', E'\ntest-acme', 'test-acme;', 'test-acme''', 'test-acme'' or true --', '$$', 'test acme',
  'test-acme,test-globex', U&'t\0435st-acme', U&'\FF54est-acme', repeat('a', 64)
]) with ordinality as o (tenant, position);

select is(
  pg_temp.attempt('test_service', null, format('select comply.enter(%L)', o.tenant)), 'PC001',
  format('%s is not of the form of a tenant', coalesce(to_json(o.tenant)::text, 'null')))
from odd as o
order by o.position;

select is(
  pg_temp.attempt('test_service', null, format('select comply.enter(%L)', repeat('a', 63))), 'PC003',
  'while 63 letters could be one, and none has that name');

select pg_temp.weaken(
  'comply_private.set_context', 'set local comply.actor = %L', $$set local comply.actor = ''%s''$$);

select is(
  pg_temp.attempt('test_service', null, $$
    select comply.enter('test-acme', 'ana'';set local comply.tenant_id = ''test-globex');
    select from comply.storage_records where tenant_id = 'test-globex'
  $$),
  '1',
  'an actor that is quoted carelessly would have set another tenant');

select * from finish();
rollback;
