-- TRUNCATE asks no policy: whoever has it empties the table for every tenant.
begin;
set local search_path = tap, pg_catalog;
select plan(9);
\ir ../two_tenants.psql

select is(
  pg_temp.attempt('test_service', 'test-acme', format('truncate comply.%I', t)), '42501',
  format('a service does not truncate %s', t))
from unnest(array[
  'storage_records', 'detector_executions', 'model_metrics', 'tenant_configs', 'audit_trail']) as t;

select is(
  pg_temp.attempt('comply_admin', null, 'truncate comply.storage_records'), '42501',
  'nor does an administrator');

select is_empty(
  $$
    select c.oid::regclass, r.rolname
    from pg_class as c
    cross join pg_roles as r
    where c.relnamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
      and c.relkind in ('r', 'p')
      and r.rolname ~ '^comply_'
      and r.rolname <> 'comply_owner'
      and has_table_privilege(r.oid, c.oid, 'truncate')
  $$,
  'no role may truncate any of our tables');

grant truncate on comply.storage_records, comply.audit_trail to test_service;

select is(
  pg_temp.attempt('test_service', 'test-acme', $$
    truncate comply.storage_records;
    reset session authorization;
    select from comply.audit_trail
    where operation = 'TRUNCATE'
      and record_id in ('00000000-0000-7000-8000-00000000000a', '00000000-0000-7000-8000-00000000000b')
  $$),
  '2',
  'granted by mistake, it would empty the table, and the trail would keep both tenants'' rows');

select is(
  pg_temp.attempt('test_service', 'test-acme', 'truncate comply.audit_trail'), 'PC002',
  'the trail itself refuses even then');

select * from finish();
rollback;
