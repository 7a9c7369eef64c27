-- Shredded is when this database cannot; effective is when the last copy that could is gone.
begin;
set local search_path = tap, pg_catalog;
set local timezone = 'UTC';
select plan(21);
\ir ../two_tenants.psql

set local role comply_owner;
select comply_private.make_partition(t.relation, m.month)
from unnest(array['comply.audit_trail', 'comply.detector_executions']::regclass[]) as t (relation)
cross join unnest(array['2026-01-01', '2026-02-01', '2026-03-01']::timestamptz[]) as m (month);
reset role;

select is(
  comply_private.effective_at(
    '2026-03-01 12:00+00', d.backup_days, d.kek_destroyed_at::timestamptz, d.vault_purge_days),
  d.effective_at::timestamptz, d.what)
from (
  values
    (35, null::text, null::integer, '2026-04-05 12:00+00', 'the longest backup decides'),
    (0, null, null, '2026-03-01 12:00+00', 'without backups it is at once'),
    (3650, '2026-03-02', 90, '2026-05-31 00:00+00', 'the vault decides where its key is gone sooner'),
    (35, '2026-03-02', 90, '2026-04-05 12:00+00', 'and not where it is gone later'),
    (3650, '2025-01-01', 7, '2026-03-01 12:00+00', 'never before the keys were shredded')
) as d (backup_days, kek_destroyed_at, vault_purge_days, effective_at, what);

set local comply.now = '2026-01-31 10:00+00';
select is(e.due_at, '2026-02-28 10:00+00', 'a month from the end of January ends with February')
from comply.erase_subject('test-acme', 'p-1', 'a request') as e;
select is(e.effective_at, '2026-03-07 10:00+00', 'copies live 35 days') from comply.erasures as e;

select comply.set_copy_lifetimes(3650);
select is(
  (comply.erase_subject('test-acme', 'p-2', 'a request')).effective_at, '2036-01-29 10:00+00',
  'or as long as was said');
select is(
  (select e.backup_days from comply.erasures as e where e.effective_at < '2027-01-01'), 35,
  'what is on record stays as it was');
select is(
  (
    select a.new_values ->> 'backup_days'
    from comply_private.admin_events as a
    where a.object = 'comply_private.lifecycle_settings'
      and a.action = 'UPDATE'
  ),
  '3650',
  'who changed that is on record');
select throws_ok($$ select comply.set_copy_lifetimes(-1) $$, '23514', null, 'no copy lives less than no time');

select id as second from comply.erasures where effective_at > '2027-01-01' \gset

set local comply.now = '2026-02-10 00:00+00';
select is(
  comply.report_key_destroyed('test-acme', :'second', '2026-02-05'), '2026-05-06 00:00+00',
  'where the vault destroys the key, its purge ends it');
select throws_ok(
  format('select comply.report_key_destroyed(%L, %L, %L)', 'test-acme', :'second', '2026-02-11'), 'PC330', null,
  'a key is not destroyed in the future');
select throws_ok(
  format('select comply.report_key_destroyed(%L, %L, %L)', 'test-acme', comply.new_id(), '2026-02-01'), 'PC330', null,
  'nor for an erasure that is none');

-- A report, as an auditor reads it.
select comply.place_hold('test-acme', 'Matter 7', 'a test');
insert into comply.detector_executions (tenant_id, detector_type, model_version, latency_ms, success, subject_id)
values ('test-acme', 'presidio', 'test-1', 1, true, 'p-3');
select comply.erase_subject('test-acme', 'p-3', 'a request', '2026-02-01');
set local comply.now = '2026-03-10 00:00+00';

select set_eq(
  $$ select scope, state, matter, shredded_at, effective_at, is_effective, is_overdue from comply.erasure_report() $$,
  $$
    values
      ('subject', 'shredded', null, '2026-01-31 10:00+00'::timestamptz, '2026-03-07 10:00+00'::timestamptz, true,
       false),
      ('subject', 'shredded', null, '2026-01-31 10:00+00', '2026-05-06 00:00+00', false, false),
      ('subject', 'deferred', 'Matter 7', null, null, false, true)
  $$,
  'it shows both dates, what waits for which matter, and what is late');

insert into comply.archives (
  tenant_id, table_name, covers_from, covers_until, row_count, content_hash, columns, column_types,
  schema_fingerprint, key_ids, format, sink, location, object_name, object_hash, object_bytes, manifest_hash,
  keep_until, archived_at)
values (
  'test-acme', 'storage_records', '2026-01-01', '2026-02-01', 0, sha256(''), '{id}', '{uuid}', sha256(''),
  '{}', 'parquet', 'directory', '/evidence', 'a', sha256(''), 1, sha256(''), '2033-01-01', '2026-03-01');

select set_eq(
  $$ select state, archives, archives_kept_until from comply.erasure_report('test-acme') $$,
  $$
    values
      ('shredded', 0::bigint, null::timestamptz),
      ('shredded', 0, null),
      ('deferred', 1, '2033-01-01')
  $$,
  'and archives of before, which may have rows, with the time for which they are kept');

select is_empty($$ select * from comply.erasure_report('test-globex') $$, 'of a tenant without any it shows none');
select is(
  pg_temp.attempt('comply_auditor', null, 'select from comply.erasure_report()'), '3', 'an auditor sees all');
select is(
  pg_temp.attempt('test_service', 'test-acme', 'select from comply.erasure_report()'), '3',
  'a service those of its tenant');
select is(
  pg_temp.attempt('test_service', 'test-globex', 'select from comply.erasure_report()'), '0', 'and of no other');
select is(
  pg_temp.attempt('comply_analyst', null, 'select from comply.erasure_report()'), '42501', 'others see nothing');

select * from finish();
rollback;
