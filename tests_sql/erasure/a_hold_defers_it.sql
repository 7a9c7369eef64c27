-- A hold always wins over what it covers: rows, lines of the trail, archives that need the keys. Over nothing else.
begin;
set local search_path = tap, pg_catalog;
select plan(27);
\ir ../two_tenants.psql

select comply.ensure_past_partitions('storage_records', '2026-01-01', '2026-05-31');
insert into comply.storage_records (
  tenant_id, id, "timestamp", source_data_hash, detector_type, model_version, mapped_data, subject_id)
select
  'test-acme', ('00000000-0000-7000-8000-00000000002' || n)::uuid, ('2026-0' || n || '-10 12:00+00')::timestamptz,
  repeat(n::text, 64), 'presidio', 'test-1', '{"labels": ["PII.Person.Name"]}', 'p-held'
from unnest(array[1, 5]) as n;

create function pg_temp.state_of(subject text)
returns text
language sql
as $$
  select concat_ws(' ', e.state, e.matter)
  from comply.erasures as e
  where e.subject_digest = comply_private.subject_digest('test-acme', state_of.subject);
$$;

-- What would be done, without doing it.
create function pg_temp.would_be(subject text)
returns text
language plpgsql
as $$
begin
  perform comply.erase_subject('test-acme', subject, 'a request');
  raise exception '%', pg_temp.state_of(subject) using errcode = 'TEST0';
exception
  when sqlstate 'TEST0' then
    return sqlerrm;
end;
$$;

select is(pg_temp.would_be('p-held'), 'shredded', 'without a hold it is carried out');

select comply.place_hold('test-acme', 'March', 'a test', '2026-03-01', '2026-04-01');
select comply.place_hold('test-globex', 'Globex', 'a test');
select is(pg_temp.would_be('p-held'), 'shredded', 'a hold on another month, or another tenant, defers nothing');
select comply.place_hold('test-acme', 'Minute', 'a test', '2026-05-10 11:59+00', '2026-05-10 12:00+00');
select is(pg_temp.would_be('p-held'), 'shredded', 'nor does one that ends where its rows begin');
select comply.place_hold('test-acme', 'Next', 'a test', '2026-05-10 12:00:00.000001+00', '2026-05-10 13:00+00');
select is(pg_temp.would_be('p-held'), 'shredded', 'or begins where they end');

select comply.place_hold('test-acme', 'Rows', 'a test', '2026-05-10 12:00+00', '2026-05-10 12:00:00.000001+00');
select is(pg_temp.would_be('p-held'), 'deferred Rows', 'one that covers a row of it does');
select comply.release_hold('test-acme', 'Rows', 'over');
select is(pg_temp.would_be('p-held'), 'shredded', 'until it is released');

select comply.place_hold('test-acme', 'Trail', 'a test', now() - interval '1 hour', now() + interval '1 hour');
select is(pg_temp.would_be('p-held'), 'deferred Trail', 'one that covers a line of the trail about it does');
select is(pg_temp.would_be('p-nobody'), 'shredded', 'and does not where there is nothing about the subject');
select comply.release_hold('test-acme', 'Trail', 'over');

-- An archive of March that has fields of the subject, which only its key opens.
insert into comply_private.data_keys (
  tenant_id, key_id, purpose, version, wrapped, alg, kek_kid, check_value)
values (
  'test-acme', '00000000-0000-4000-8000-0000000000f1', 'enc', 1, decode(repeat('11', 40), 'hex'), 'A256KW', 'file',
  '\x1111111111111111');
insert into comply_private.data_keys (
  tenant_id, key_id, purpose, subject_digest, version, wrapped, alg, wrapped_by, check_value)
values (
  'test-acme', '00000000-0000-4000-8000-0000000000f2', 'enc', comply_private.subject_digest('test-acme', 'p-held'), 1,
  decode(repeat('11', 100), 'hex'), 'envelope-1', '00000000-0000-4000-8000-0000000000f1', '\x1111111111111111');
insert into comply.archives (
  tenant_id, table_name, covers_from, covers_until, row_count, content_hash, columns, column_types,
  schema_fingerprint, key_ids, format, sink, location, object_name, object_hash, object_bytes, manifest_hash,
  keep_until)
values (
  'test-acme', 'storage_records', '2026-03-01', '2026-04-01', 0, sha256(''), '{id}', '{uuid}', sha256(''),
  '{00000000-0000-4000-8000-0000000000f2}', 'parquet', 'directory', '/evidence', 'a', sha256(''), 1, sha256(''),
  '2030-01-01');
select is(pg_temp.would_be('p-held'), 'deferred March', 'one that covers an archive which needs its keys does');
select comply.release_hold('test-acme', 'March', 'over');

select comply.place_hold('test-acme', 'Matter 7', 'a test');
select comply.place_hold('test-acme', 'Matter 8', 'a test');
select is((comply.erase_subject('test-acme', 'p-held', 'a request')).state, 'deferred', 'it is recorded');
select is(pg_temp.state_of('p-held'), 'deferred Matter 7', 'with the matter');

select is(
  (select count(*) from comply.storage_records as r where r.subject_id = 'p-held'), 2::bigint,
  'no row is destroyed');
select is(
  (select count(*) from comply_private.data_keys as k where k.state = 'shredded'), 0::bigint, 'no key is shredded');
select is(
  (select count(*) from comply.audit_trail as a where a.redacted_digest is not null and a.tenant_id = 'test-acme'),
  0::bigint, 'no image is removed');
select is_empty($$ select from comply.destruction_certificates $$, 'and nothing is certified');
select ok(not comply_private.is_erased('test-acme', 'p-held'), 'who asks whether it is erased hears no');
select is((comply.erase_subject('test-acme', 'p-held', 'again')).basis, 'a request', 'a second call changes nothing');

select is(comply.redact_batch(), 0, 'the next run finds nothing to do');
select comply.release_hold('test-acme', 'Matter 7', 'over');
select is(comply.redact_batch(), 0, 'nor while another hold stands');
select is(pg_temp.state_of('p-held'), 'deferred Matter 8', 'which is named from then on');

-- Nobody has to ask again.
select comply.release_hold('test-acme', 'Matter 8', 'over');
select is(comply.redact_batch(), 1, 'when the last is released, the next run carries it out');
select is(pg_temp.state_of('p-held'), 'shredded Matter 8', 'the matter stays on record');
select is_empty($$ select from comply_private.deferred_subjects $$, 'the name of the subject does not');
select is(
  (
    select (select count(*) from comply.storage_records as r where r.subject_id = 'p-held')
      + (select count(*) from comply.audit_trail as a where concat(a.old_values, a.new_values) like '%p-held%')
  ),
  0::bigint, 'its rows and images are gone');
select is(
  e.key_ids, '{00000000-0000-4000-8000-0000000000f2}', 'its keys as well, and no others')
from comply.erasures as e
where e.scope = 'subject';

-- What comes late is held like the rest.
insert into comply.detector_executions (
  tenant_id, id, detector_type, model_version, latency_ms, success, subject_id)
values ('test-acme', '00000000-0000-7000-8000-000000000029', 'presidio', 'test-1', 1, true, 'p-held');
select comply.place_hold('test-acme', 'Matter 9', 'a test');
select is((comply.erase_subject('test-acme', 'p-held', 'again')).state, 'shredded', 'an erasure does not go back');
select is(
  (select count(*) from comply.detector_executions as d where d.subject_id = 'p-held'), 1::bigint,
  'but takes nothing that is held');

select * from finish();
rollback;
