begin;
set local search_path = tap, pg_catalog;
select plan(7);
\ir fixture.psql
\ir faults/erasures_proven.psql

select is(pg_temp.status_of('erasures_proven'), 'na', 'without erasures there is nothing to judge');

select is(
  pg_temp.status_under(
    'erasures_proven',
    $$ insert into comply.erasures (tenant_id, scope, subject_digest, basis, requested_at, due_at,
           state, executed_by, shredded_at, shredded_in, sweep_from, backup_days, effective_at,
           rows_destroyed) values ('test-erasure', 'subject', sha256('a'), 'a request', comply.now() -
           interval '40 days', comply.now() - interval '9 days', 'shredded', 'ana', comply.now() -
           interval '10 days', '3', '3', 35, comply.now(), '{}') $$),
  'pass', 'one that was carried out passes');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'one that is late fails')
from fault as f;

select is(
  pg_temp.status_under(
    'erasures_proven',
    $$ insert into comply.erasures (tenant_id, scope, subject_digest, basis, requested_at, due_at,
           state, executed_by, shredded_at, shredded_in, sweep_from, backup_days, effective_at,
           rows_destroyed) values ('test-erasure', 'subject', sha256('a'), 'a request', comply.now() -
           interval '40 days', comply.now() - interval '9 days', 'shredded', 'ana', comply.now() -
           interval '10 days', '3', '3', 35, comply.now(), '{"storage_records": 1}') $$),
  'fail', 'or one whose rows went without a certificate');

select is(
  pg_temp.status_under(
    'erasures_proven',
    $$ insert into comply.erasures (tenant_id, scope, subject_digest, basis, requested_at, due_at,
           state, matter) values ('test-erasure', 'subject', sha256('a'), 'a request', comply.now() -
           interval '40 days', comply.now() - interval '9 days', 'deferred', 'case 7') $$),
  'manual', 'one that a hold defers past its day is for a person to judge');

-- As they are carried out: a subject with a row, and a copy of one that came back from an archive.
select $$
  select comply.add_tenant('test-acme');
  insert into comply.storage_records (
    tenant_id, source_data_hash, detector_type, model_version, mapped_data, subject_id)
  select 'test-acme', repeat('a', 64), 'presidio', 'test-1', '{"labels": ["OTHER.Safe"]}', 'p-' || n
  from generate_series(1, 2) as n;
  set local role comply_owner;
  create table comply_private.restored_rows_test
    partition of comply_private.restored_rows for values in ('00000000-0000-4000-8000-0000000000f9');
  reset role;
  insert into comply_private.restored_rows (tenant_id, restore_id, table_name, "timestamp", id, content)
  values ('test-acme', '00000000-0000-4000-8000-0000000000f9', 'storage_records', now(), gen_random_uuid(),
          '{"subject_id": "p-1"}');
  select comply.erase_subject('test-acme', 'p-1', 'a request');
  select set_config('comply.now', (now() + interval '1 day')::text, true);
  select comply.erase_subject('test-acme', 'p-2', 'another')
$$ as erase \gset

select is(pg_temp.status_under('erasures_proven', :'erase'), 'pass', 'two that went as they should pass');

select is(
  pg_temp.status_under('erasures_proven', :'erase' || $$;
    alter table comply.destruction_certificates disable trigger user;
    delete from comply.destruction_certificates where destroyed_at > now()
  $$),
  'fail', 'but not where only the first has its certificate');

select * from finish();
rollback;
