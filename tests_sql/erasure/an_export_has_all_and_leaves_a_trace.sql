-- What is held on a subject, for the subject: nothing left out in silence, and never without a trace.
begin;
set local search_path = tap, pg_catalog;
select plan(19);
\ir ../two_tenants.psql

insert into comply.storage_records (
  tenant_id, id, source_data_hash, detector_type, model_version, mapped_data, subject_id, confidential)
values
  ('test-acme', '00000000-0000-7000-8000-000000000031', repeat('1', 64), 'presidio', 'test-1',
   '{"labels": ["PII.Person.Name"]}', 'p-1', decode('0101' || repeat('00', 32) || repeat('11', 48), 'hex')),
  ('test-acme', '00000000-0000-7000-8000-000000000032', repeat('2', 64), 'presidio', 'test-1',
   '{"labels": ["PII.Person.Name"]}', 'p-2', null),
  ('test-globex', '00000000-0000-7000-8000-000000000033', repeat('3', 64), 'presidio', 'test-1',
   '{"labels": ["PII.Person.Name"]}', 'p-1', null);
update comply.storage_records set blob_path = 'seen' where id = '00000000-0000-7000-8000-000000000031';
insert into comply.detector_executions (
  tenant_id, id, detector_type, model_version, latency_ms, success, subject_id)
values
  ('test-acme', '00000000-0000-7000-8000-000000000034', 'presidio', 'test-1', 1, true, 'p-1');
insert into comply.load_rejects (tenant_id, load_id, line_no, detector_type, model_version, reason, line)
values ('test-acme', gen_random_uuid(), 1, 'presidio', 'test-1', 'no_hash', '{"subject_id": "p-1"}');

create temp table export as
select comply.subject_export('test-acme', 'p-1') as document;

create function pg_temp.ids(what text)
returns setof text
language sql
as $$
  select i ->> 'id'
  from export as e
  cross join jsonb_array_elements(e.document -> 'tables' -> ids.what) as i
$$;

select set_eq(
  $$ select pg_temp.ids('storage_records') $$, $$ values ('00000000-0000-7000-8000-000000000031') $$,
  'it has the records of the subject, and of nobody else');
select set_eq(
  $$ select pg_temp.ids('detector_executions') $$, $$ values ('00000000-0000-7000-8000-000000000034') $$,
  'its executions');
select is((select count(*) from pg_temp.ids('load_rejects')), 1::bigint, 'the lines that a load rejected');
select set_eq(
  $$
    select concat_ws(' ', a ->> 'table_name', a ->> 'operation')
    from export as e
    cross join jsonb_array_elements(e.document -> 'audit_trail') as a
  $$,
  $$
    values ('storage_records INSERT'), ('storage_records UPDATE'), ('detector_executions INSERT'),
      ('load_rejects INSERT')
  $$,
  'and what the trail says of all that');
select ok(document::text !~ '"salt"', 'without salts, which are nobody''s data') from export;
select is(document ->> 'made_by', session_user::text, 'it says who made it') from export;
select is(
  document -> 'tables' -> 'storage_records' -> 0 ->> 'confidential',
  '\x0101' || repeat('00', 32) || repeat('11', 48), 'a field whose key is not open stays sealed')
from export;
select is((document ->> 'fields_sealed')::integer, 1, 'and is counted') from export;
select ok(document ->> 'not_covered' ~ 'are not open in this transaction', 'which is said in words') from export;
select is(jsonb_array_length(document -> 'not_covered'), 6, 'as is what else it does not cover') from export;

select set_eq(
  $$ select l.tenant_id, l.table_name, l.query_text from comply.access_log as l where l.tenant_id ~ '^test-' $$,
  $$
    select
      'test-acme' as tenant_id, t.name,
      'comply.subject_export: ' || encode(comply_private.subject_digest('test-acme', 'p-1'), 'hex') as query_text
    from unnest(array[
      'storage_records', 'detector_executions', 'load_rejects', 'restored_rows', 'audit_trail']) as t (name)
  $$,
  'who exported is in the access log of the tenant, and whom, by digest, also for an administrator');

select comply.erase_subject('test-acme', 'p-1', 'a request');
select is(
  jsonb_path_query_array(comply.subject_export('test-acme', 'p-1'), '$.tables.*.size()'), '[0, 0, 0, 0]',
  'after an erasure nothing is held');
select is(
  comply.subject_export('test-acme', 'p-1') -> 'erasures' -> 0 ->> 'state', 'shredded', 'but that it was erased');

-- Who may.
select is(
  pg_temp.attempt('test_service', 'test-acme', $$ select comply.subject_export('test-acme', 'p-2') $$), '1',
  'a service exports for its tenant');
select is(
  pg_temp.attempt('test_service', 'test-acme', $$ select comply.subject_export('test-globex', 'p-1') $$), 'PC332',
  'and for no other');
select is(
  pg_temp.attempt('test_service', null, $$ select comply.subject_export('test-acme', 'p-2') $$), 'PC332',
  'nor without a context');
select is(
  pg_temp.attempt('comply_admin', null, $$ select comply.subject_export('test-globex', 'p-1') $$), '1',
  'an administrator for any');
select is(
  pg_temp.attempt('comply_auditor', null, $$ select comply.subject_export('test-globex', 'p-1') $$), '42501',
  'an auditor for none');

-- A mistake of grants makes no administrator of a service.
grant comply_admin to test_service;
select is(
  pg_temp.attempt('test_service', null, $$ select comply.erase_subject('test-globex', 'p-1', 'x') $$), 'PC332',
  'who is in both roles stays inside the tenant that it entered');

select * from finish();
rollback;
