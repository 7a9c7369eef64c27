-- A subject with a name that stands nowhere else, in every place that may have it, and in every spelling.
begin;
set local search_path = tap, pg_catalog;
select plan(28);
\ir ../two_tenants.psql

-- How many rows of any table of ours have a text in them, whatever the column.
create function pg_temp.places_with(marker text)
returns text
language plpgsql
as $$
declare
  v_table regclass;
  v_found bigint;
  v_all   text := '';
begin
  for v_table in
    select c.oid
    from pg_class as c
    where c.relnamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
      and c.relkind in ('r', 'p')
      and not c.relispartition
    order by c.oid::regclass::text
  loop
    execute format('select count(*) from %s as t where t::text like $1', v_table)
    into v_found
    using '%' || marker || '%';

    if v_found > 0 then
      v_all := v_all || format('%s %s ', v_table, v_found);
    end if;
  end loop;

  return rtrim(v_all);
end;
$$;

insert into comply.storage_records (
  tenant_id, id, "timestamp", source_data_hash, detector_type, model_version, mapped_data, metadata, subject_id)
select
  case n when 4 then 'test-globex' else 'test-acme' end, ('00000000-0000-7000-8000-00000000001' || n)::uuid,
  now() - n * interval '1 minute', repeat(n::text, 64), 'presidio', 'test-1', '{"labels": ["PII.Person.Name"]}',
  '{"note": "Zeugma"}', case n when 3 then null else 'p-Zeugma/7' end
from generate_series(1, 4) as n;

-- One that was changed and deleted before; one that had no subject at first; one that became somebody else's.
update comply.storage_records set blob_path = 'Zeugma' where id = '00000000-0000-7000-8000-000000000011';
delete from comply.storage_records where id = '00000000-0000-7000-8000-000000000011';
update comply.storage_records set subject_id = 'p-Zeugma/7' where id = '00000000-0000-7000-8000-000000000013';
insert into comply.detector_executions (
  tenant_id, id, detector_type, model_version, latency_ms, success, error_message, subject_id)
values
  ('test-acme', '00000000-0000-7000-8000-000000000021', 'presidio', 'test-1', 1, false, 'Zeugma', 'p-Zeugma/7'),
  ('test-acme', '00000000-0000-7000-8000-000000000022', 'presidio', 'test-1', 1, false, 'Zeugma', 'p-Zeugma/7');
update comply.detector_executions
set subject_id = 'p-other', error_message = 'other'
where id = '00000000-0000-7000-8000-000000000022';

update comply.detector_executions set latency_ms = 77 where id = '00000000-0000-7000-8000-000000000022';

-- One that only the image of before names, because the level was minimal when it was made.
update comply.tenant_configs set audit_level = 'minimal' where tenant_id = 'test-acme';
insert into comply.detector_executions (
  tenant_id, id, detector_type, model_version, latency_ms, success, error_message, subject_id)
values ('test-acme', '00000000-0000-7000-8000-000000000023', 'presidio', 'test-1', 1, false, 'Zeugma', 'p-Zeugma/7');
update comply.tenant_configs set audit_level = 'standard' where tenant_id = 'test-acme';
update comply.detector_executions
set subject_id = 'p-other', error_message = 'other'
where id = '00000000-0000-7000-8000-000000000023';

insert into comply.load_rejects (tenant_id, load_id, line_no, detector_type, model_version, reason, line)
select 'test-acme', '00000000-0000-4000-8000-0000000000dd', t.line_no, 'presidio', 'test-1', 'not_json', t.line
from unnest(array[
  '{"subject_id": "p-Zeugma/7"}',
  '{"deep": [{"who": "p-Zeugma\/7"}]}',
  '{"subject_id": "p-\u005aeugma/7"}',
  '{"subject_id": "p-Zeugma/7", "cut',
  'p-Zeugma/7;7'
]) with ordinality as t (line, line_no);
insert into comply.load_rejects (tenant_id, load_id, line_no, detector_type, model_version, reason, line)
values
  ('test-acme', '00000000-0000-4000-8000-0000000000dd', 10, 'presidio', 'test-1', 'no_hash',
   '{"subject_id": "p-Zeugma/70"}'),
  ('test-acme', '00000000-0000-4000-8000-0000000000dd', 11, 'presidio', 'test-1', 'not_json', 'xp-Zeugma/7x');

-- What came back from an archive, as comply.restore_archive() leaves it.
set local role comply_owner;
create table comply_private.restored_rows_test
  partition of comply_private.restored_rows for values in ('00000000-0000-4000-8000-0000000000f9');
reset role;
insert into comply_private.restored_rows (tenant_id, restore_id, table_name, "timestamp", id, content)
select
  'test-acme', '00000000-0000-4000-8000-0000000000f9', 'storage_records', now(), gen_random_uuid(),
  jsonb_build_object('subject_id', s.subject)
from unnest(array['p-Zeugma/7', 'p-other']) as s (subject);

create temp table erased as
select *
from comply.erase_subject('test-acme', 'p-Zeugma/7', 'request 17', now() - interval '3 days');

select is(e.state, 'shredded', 'it is carried out') from erased as e;
select is(
  e.rows_destroyed,
  '{"load_rejects": 5, "restored_rows": 1, "storage_records": 2, "detector_executions": 1}',
  'it counts what it destroyed')
from erased as e;
select is(e.requested_at, now() - interval '3 days', 'the request is as old as it was said to be') from erased as e;
select is(e.due_at, now() - interval '3 days' + interval '1 month', 'and due a month after that') from erased as e;
select is(e.executed_by, current_user::text, 'it names who carried it out') from erased as e;
select is(
  e.subject_digest, comply_private.subject_digest('test-acme', 'p-Zeugma/7'), 'and the subject by its digest')
from erased as e;

select set_eq(
  $$ select id from comply.storage_records where tenant_id = 'test-acme' $$,
  $$ values ('00000000-0000-7000-8000-00000000000a'::uuid) $$,
  'its records are gone, and no other');

select set_eq(
  $$ select id from comply.detector_executions where tenant_id = 'test-acme' $$,
  $$
    values
      ('00000000-0000-7000-8000-0000000000ea'::uuid), ('00000000-0000-7000-8000-000000000022'),
      ('00000000-0000-7000-8000-000000000023')
  $$,
  'as are its executions');

select results_eq(
  $$
    select a.operation, a.new_values ->> 'latency_ms'
    from comply.audit_trail as a
    where a.record_id = '00000000-0000-7000-8000-000000000022'
    order by a.id
  $$,
  $$ values ('INSERT', null), ('UPDATE', null), ('UPDATE', '77') $$,
  'of what became somebody else''s, images since then stay');

select set_eq(
  $$ select line_no from comply.load_rejects where load_id = '00000000-0000-4000-8000-0000000000dd' $$,
  $$ values (10::bigint), (11) $$,
  'and lines that name it in any spelling, but not those that name another');

select is(
  (
    select string_agg(a.table_name || ' ' || a.operation, ', ' order by a.id)
    from comply.audit_trail as a
    where a.tenant_id = 'test-acme'
      and concat(a.old_values, a.new_values) like '%Zeugma%'
      and concat(a.old_values, a.new_values) not like '%p-Zeugma/70%'
      and concat(a.old_values, a.new_values) not like '%xp-Zeugma/7x%'
  ),
  null,
  'no image of the tenant has it any more');

delete from comply.load_rejects where line like '%Zeugma%';
select comply.erase_subject('test-acme', 'p-Zeugma/70', 'a test');
select is(
  pg_temp.places_with('Zeugma'),
  'comply.audit_trail 3 comply.storage_records 1',
  'the whole database has it where the other tenant has it, and where no subject was named');

select is(
  (
    select count(*)
    from comply.audit_trail as a
    where concat(a.old_values, a.new_values) like '%Zeugma%'
      and a.tenant_id = 'test-globex'
  ),
  1::bigint,
  'there the trail is as it was');

-- What tells of it.
select set_eq(
  $$
    select d.table_name, d.rows_destroyed, d.verdict, d.effective_at = e.effective_at, d.basis
    from comply.destruction_certificates as d
    cross join erased as e
  $$,
  $$
    values
      ('storage_records', 2::bigint, 'ERASURE', true, 'request 17'),
      ('detector_executions', 1, 'ERASURE', true, 'request 17'),
      ('load_rejects', 5, 'ERASURE', true, 'request 17')
  $$,
  'there is a certificate for each table');

select is(
  d.content_hash,
  (
    select sha256(string_agg(uuid_send(a.record_id), '' order by a.record_id))
    from comply.audit_trail as a
    where a.table_name = 'storage_records'
      and a.tenant_id = 'test-acme'
      and a.operation = 'DELETE'
      and a.record_id <> '00000000-0000-7000-8000-000000000011'
  ),
  'whose hash follows from the ids that the trail has for ever')
from comply.destruction_certificates as d
where d.table_name = 'storage_records';

select is(
  (
    select count(*)
    from comply.audit_trail as a
    where a.redacted_digest is not null
      and not exists (
        select
        from comply.audit_trail as r
        where r.record_id = a.id
          and r.tenant_id = a.tenant_id
          and r.table_name = 'audit_trail'
          and r.operation = 'REDACT'
          and r.new_values ->> 'erasure_id' is not null
      )
  ),
  0::bigint,
  'each image that was removed has its line in the trail');

select is(
  (select sum(e.images_redacted)::bigint from comply.erasures as e),
  (select count(*) from comply.audit_trail as a where a.operation = 'REDACT'),
  'and is counted once');

select results_eq(
  $$
    select h.operation, h.changed_columns, h.before, h.after ->> 'erasure_id'
    from comply.record_history('storage_records', '00000000-0000-7000-8000-000000000013') as h
  $$,
  $$
    select v.operation, null::text[], null::jsonb, case v.operation when 'REDACT' then e.id::text end
    from (
      values (1, 'INSERT'), (2, 'UPDATE'), (3, 'DELETE'), (4, 'REDACT'), (5, 'REDACT'), (6, 'REDACT')
    ) as v (n, operation)
    cross join erased as e
    order by v.n
  $$,
  'the history of a record tells that it was, and who took what it said');

select is(
  comply.record_as_of('storage_records', '00000000-0000-7000-8000-000000000013', clock_timestamp()), null,
  'as of now it is not there');

select is_empty(
  $$ select problem, detail from comply.verify_records('storage_records') where tenant ~ '^test-' $$,
  'records agree with the trail');
select is_empty(
  $$ select problem, detail from comply.verify_records('load_rejects') where tenant ~ '^test-' $$,
  'and rejects do');
select is_empty(
  $$ select problem, detail from comply.verify_audit() where problem = 'redaction_unlawful' $$,
  'and every redaction is lawful');

-- A span that a certificate names excuses nobody else.
select d.covers_from as since, d.covers_until as before
from comply.destruction_certificates as d
where d.table_name = 'storage_records' \gset
alter table comply.storage_records disable trigger user;
insert into comply.audit_trail (
  tenant_id, id, "timestamp", table_name, record_id, operation, user_id, new_values, transaction_id)
values (
  'test-acme', comply.new_id(), now(), 'storage_records', '00000000-0000-7000-8000-0000000000ff', 'INSERT', 'x',
  jsonb_build_object('timestamp', :'since'::timestamptz), pg_current_xact_id());

select is(
  (
    select v.problem
    from comply.verify_records('storage_records') as v
    where v.record_id = '00000000-0000-7000-8000-0000000000ff'
  ),
  'record_vanished',
  'a record that vanished from the same span is missed all the same');
alter table comply.storage_records enable trigger user;

-- Again.
select is(
  (select row(e.id, e.state, e.shredded_at, e.rows_destroyed, e.images_redacted)::text
   from comply.erase_subject('test-acme', 'p-Zeugma/7', 'another request') as e),
  (select row(e.id, e.state, e.shredded_at, e.rows_destroyed, e.images_redacted)::text from erased as e),
  'a second call finds it done and changes nothing');

insert into comply.detector_executions (tenant_id, detector_type, model_version, latency_ms, success, subject_id)
values ('test-acme', 'presidio', 'test-1', 1, true, 'p-Zeugma/7');
select set_config('comply.now', (now() + interval '30 days')::text, true);
select results_eq(
  $$
    select e.rows_destroyed ->> 'detector_executions', e.shredded_at = f.shredded_at, e.effective_at
    from comply.erase_subject('test-acme', 'p-Zeugma/7', 'another request') as e
    cross join erased as f
  $$,
  $$ values ('2', true, now() + interval '30 days' + 35 * interval '24 hours') $$,
  'but takes what has come since, which backups have for longer');

select throws_ok(
  format('select comply.erase_subject(%L, %L, %L, %L)', a.tenant, a.subject, a.basis, a.at), a.code, null,
  format('%s is refused', a.what))
from (
  values
    ('test-acme', ' ', 'x', '2026-01-01', 'PC330', 'a blank subject'),
    ('test-acme', repeat('s', 201), 'x', '2026-01-01', 'PC330', 'one that is too long'),
    ('test-acme', 'p', ' ', '2026-01-01', 'PC330', 'no basis')
) as a (tenant, subject, basis, at, code, what);

select * from finish();
rollback;
