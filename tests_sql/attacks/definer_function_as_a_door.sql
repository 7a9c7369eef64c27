-- For a function that runs with the owner's rights no policy holds: each carries the tenant by itself, or is
-- a door to every tenant.
begin;
set local search_path = tap, pg_catalog;
select plan(21);
\ir ../two_tenants.psql

select set_eq(
  $$
    select p.oid::regprocedure::text
    from pg_proc as p
    where p.pronamespace = 'comply'::regnamespace
      and p.prosecdef
      and p.proretset
      and has_function_privilege('comply_app', p.oid, 'execute')
  $$,
  $$
    values
      ('comply.search_records(jsonb,timestamp with time zone,timestamp with time zone,integer)'),
      ('comply.ensure_past_partitions(text,timestamp with time zone,timestamp with time zone)'),
      ('comply.recorded_hashes(text[],text,text)'),
      -- tests_sql/load/what_was_erased_does_not_come_back.sql
      ('comply.erased_subjects(text[])'),
      ('comply.wrapped_keys(text,text,uuid[])'),
      ('comply.lineage_of_entity(text,integer)'),
      ('comply.processing_record(text)')
  $$,
  'these return rows to a service, and a new one has to be tried here');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ select from comply.search_records('{}') where tenant_id = 'test-globex' $$),
  '0',
  'a search answers for the tenant in context');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ select from comply.search_records('{"project": "globex reactor"}') $$),
  '0',
  'even one for what only another tenant has');

select is(
  pg_temp.attempt('test_service', null, $$ select from comply.search_records('{}') $$), 'PC004',
  'and for nobody without one');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ select from comply.recorded_hashes(array[repeat('a', 64)], 'presidio', 'test-1') $$),
  '1',
  'asked which texts are known, a service hears of its own tenant''s');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ select from comply.recorded_hashes(array[repeat('b', 64)], 'presidio', 'test-1') $$),
  '0',
  'and of no other''s');

insert into comply_private.data_keys (tenant_id, key_id, purpose, version, wrapped, alg, kek_kid, check_value)
select t.tenant_id, gen_random_uuid(), 'enc', 1, decode(repeat('00', 72), 'hex'), 'A256KW', 'file:test',
       '\x0000000000000000'
from unnest(array['test-acme', 'test-globex']) as t (tenant_id);

select is(
  pg_temp.attempt('test_service', 'test-acme', $$ select from comply.wrapped_keys() $$), '1',
  'asked for wrapped keys, a service gets its own tenant''s');

select is(
  pg_temp.attempt('test_service', 'test-acme', $$ select from comply.wrapped_keys('test-globex') $$), 'PC325',
  'and is refused another''s, even if it names it');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ select from comply.wrapped_keys(key_ids => array(select gen_random_uuid() from generate_series(1, 9))) $$),
  '0',
  'nor are ids a way around');

select is(
  pg_temp.attempt('test_service', 'test-acme', $$ select from comply.tenant_overview() $$), '42501',
  'counts over all tenants are not for a service');

select is(
  pg_temp.attempt('comply_operator', null, $$ select from comply.storage_records $$), '42501',
  'and those who may have them have no records');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme', $$ select from comply.lineage_of('00000000-0000-7000-8000-00000000000b') $$),
  '0',
  'where another tenant''s record is from it does not hear');

select isnt(
  pg_temp.attempt(
    'test_service', 'test-acme', $$ select from comply.lineage_of('00000000-0000-7000-8000-00000000000a') $$),
  '0',
  'of its own it does');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme', $$ select from comply.lineage_of_entity('text:' || repeat('b', 64)) $$),
  '0',
  'nor who else had a text');

select is(
  pg_temp.attempt('test_service', null, $$ select from comply.lineage_of_entity('model:presidio/test-1') $$), 'PC004',
  'and without a tenant nothing at all');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme', $$ select comply.record_lineage('load', tenant_id => 'test-globex') $$),
  'PC332',
  'nor does it record any for another');

select is(
  pg_temp.attempt('test_service', 'test-acme', $$ select from comply.processing_record('test-globex') $$), 'PC332',
  'nor see how another''s data is processed');

select is(
  pg_temp.attempt('test_service', 'test-acme', $$ select from comply.openlineage_events('-infinity', now()) $$), '42501',
  'events over all tenants are not for a service');

-- A definer's rights end with it, whether it returns or fails.
select is(
  pg_temp.attempt('test_service', 'test-acme', $$
    do $do$
    begin
      perform comply.search_records('{}', row_limit => -1);
    exception
      when others then
        if current_user <> 'test_service' then
          raise exception 'escaped' using errcode = 'TEST1';
        end if;
    end;
    $do$
  $$),
  '0',
  'an error inside one leaves nobody in the owner''s place');

select pg_temp.weaken('comply.search_records', 'where r.tenant_id = v_tenant', 'where true');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ select from comply.search_records('{}') where tenant_id = 'test-globex' $$),
  '1',
  'a search that did not name the tenant would have shown the other''s record');

select pg_temp.weaken('comply.recorded_hashes', 'r.tenant_id = v_tenant', 'true');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ select from comply.recorded_hashes(array[repeat('b', 64)], 'presidio', 'test-1') $$),
  '1',
  'and so would the other have told which texts are known to another tenant');

select * from finish();
rollback;
