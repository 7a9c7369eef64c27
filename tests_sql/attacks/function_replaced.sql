-- The policies ask comply.current_tenant(): who replaces it, or takes its path or its owner away, answers for
-- them.
begin;
set local search_path = tap, pg_catalog;
select plan(14);
\ir ../two_tenants.psql

create temp table takeover as
select *
from unnest(array[
  $$ create or replace function comply.current_tenant() returns text language sql return 'test-globex' $$,
  $$ alter function comply.current_tenant() owner to test_service $$,
  $$ alter function comply.current_tenant() rename to current_tenant_of_old $$,
  $$ alter function comply.current_tenant() set search_path = '' $$,
  $$ alter function comply.current_tenant() security invoker $$,
  $$ drop function comply.current_tenant() cascade $$,
  $$ alter policy storage_records_tenant_reads on comply.storage_records using (true) $$,
  $$ drop policy storage_records_tenant_floor on comply.storage_records $$,
  $$ create policy mine on comply.storage_records to test_service using (true) $$,
  $$ alter table comply.storage_records owner to test_service $$
]) with ordinality as t (statement, position);

select is(pg_temp.attempt('test_service', 'test-acme', statement), '42501', 'a service cannot:' || statement)
from takeover
order by position;

select is_empty(
  $$ select statement from takeover where pg_temp.attempt('comply_admin', null, statement) <> '42501' $$,
  'nor can an administrator');

select is_empty(
  $$
    select p.oid::regprocedure, x.grantee::regrole
    from pg_proc as p
    cross join aclexplode(p.proacl) as x
    where p.pronamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
      and (x.is_grantable and x.grantee <> p.proowner or x.grantee = 0)
  $$,
  'nor is a function anybody''s to call or to pass on');

grant create on schema comply to test_service;

select is(
  pg_temp.attempt('test_service', 'test-acme', statement), '42501',
  'even if it could create in the schema')
from takeover
where position = 1;

alter function comply.current_tenant() owner to test_service;

select is(
  pg_temp.attempt('test_service', 'test-acme', $$
    create or replace function comply.current_tenant() returns text language sql return 'test-globex';
    select from comply.storage_records where tenant_id = 'test-globex'
  $$),
  '1',
  'owning the function as well, it would have answered for the policies');

select * from finish();
rollback;
