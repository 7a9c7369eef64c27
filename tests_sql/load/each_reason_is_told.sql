-- A line that is no record says why in one stable word; the lines around it are not held up.
begin;
set local search_path = tap, pg_catalog;
set local timezone = 'UTC';
\ir ../two_tenants.psql

create temp table spoilt (line_no bigint generated always as identity, reason text, line bytea);
grant select on spoilt to public;

create function pg_temp.good(changes jsonb)
returns text
language sql
as $$
  select (jsonb_build_object('source_data_hash', repeat('ab', 32), 'labels', jsonb_build_object('hate', 1))
          || changes)::text
$$;

-- Each of them but the reasons null would be a record of the same text.
insert into spoilt (reason, line)
select s.reason, convert_to(s.line, 'UTF8')
from (
  values
    (null, pg_temp.good('{}')),
    ('blank', ''),
    ('blank', E'\r'),
    ('blank', E' \t\r'),
    ('not_json', '{'),
    ('not_json', '{"a": nan}'),
    ('not_json', pg_temp.good('{}') || '}'),
    ('not_an_object', '5'),
    ('not_an_object', 'null'),
    ('not_an_object', '[{}]'),
    ('no_hash', '{}'),
    ('no_hash', pg_temp.good('{"source_data_hash": null}')),
    ('bad_hash', pg_temp.good('{"source_data_hash": ""}')),
    ('bad_hash', pg_temp.good(jsonb_build_object('source_data_hash', repeat('a', 63)))),
    ('bad_hash', pg_temp.good(jsonb_build_object('source_data_hash', repeat('a', 63) || 'g'))),
    ('bad_hash', pg_temp.good(jsonb_build_object('source_data_hash', repeat('1', 64)::numeric))),
    ('no_labels', format('{"source_data_hash": "%s"}', repeat('ab', 32))),
    ('no_labels', pg_temp.good('{"labels": null}')),
    ('bad_labels', pg_temp.good('{"labels": ["hate"]}')),
    ('unknown_label', pg_temp.good('{"labels": {"hate": 1, "haet": 0}}')),
    ('unknown_label', pg_temp.good('{"labels": {"Hate": 0}}')),
    ('bad_score', pg_temp.good('{"labels": {"hate": 7}}')),
    ('bad_score', pg_temp.good('{"labels": {"hate": -0.1}}')),
    ('bad_score', pg_temp.good('{"labels": {"hate": "1"}}')),
    ('bad_score', pg_temp.good('{"labels": {"hate": [1]}}')),
    ('huge_number', format('{"source_data_hash": "%s", "labels": {"hate": 1e999999999}}', repeat('ab', 32))),
    ('bad_confidence', pg_temp.good('{"confidence": 7}')),
    ('bad_confidence', pg_temp.good('{"confidence": -1e-9}')),
    ('bad_confidence', pg_temp.good('{"confidence": "0.5"}')),
    ('bad_confidence', pg_temp.good('{"confidence": true}')),
    ('bad_timestamp', pg_temp.good('{"timestamp": "yesterday"}')),
    ('bad_timestamp', pg_temp.good('{"timestamp": "infinity"}')),
    ('bad_timestamp', pg_temp.good('{"timestamp": 1767225600}')),
    ('bad_timestamp', pg_temp.good('{"timestamp": "2026-02-29"}')),
    ('bad_timestamp', pg_temp.good('{"timestamp": "2026-05-01T24:00:00Z"}')),
    ('bad_timestamp', pg_temp.good('{"timestamp": "05/01/2026"}')),
    ('bad_timestamp', pg_temp.good(jsonb_build_object('timestamp', now() - interval '10 years 1 second'))),
    ('bad_timestamp', pg_temp.good(jsonb_build_object('timestamp', now() + interval '1 day 1 second'))),
    ('bad_metadata', pg_temp.good('{"metadata": ["a"]}')),
    ('bad_metadata', pg_temp.good('{"metadata": "a"}')),
    ('key_conflict', pg_temp.good('{"metadata": {"lang": "de"}, "lang": "en"}')),
    ('bad_correlation_id', pg_temp.good('{"correlation_id": "7"}')),
    ('bad_correlation_id', pg_temp.good('{"correlation_id": 7}')),
    ('bad_blob_path', pg_temp.good('{"blob_path": " "}')),
    ('bad_blob_path', pg_temp.good('{"blob_path": 7}')),
    ('bad_azure_region', pg_temp.good('{"azure_region": "West Europe"}')),
    ('bad_azure_region', pg_temp.good('{"azure_region": true}')),
    ('bad_subject_id', pg_temp.good('{"subject_id": " "}')),
    ('bad_subject_id', pg_temp.good('{"subject_id": 7}')),
    ('bad_subject_id', pg_temp.good(jsonb_build_object('subject_id', repeat('s', 201)))),
    ('duplicate_key', left(pg_temp.good('{}'), -1) || ', "labels": {"hate": 1}}'),
    ('duplicate_key', format(
      '{"source_data_hash": "%s", "labels": {"hate": 1, "hate" : 1}}', repeat('ab', 32))),
    ('duplicate_key', left(pg_temp.good('{}'), -1) || ', "metadata": {"at:": [{"x": 1, "\u0078": 2}]}}'),
    ('nul_character', pg_temp.good('{}') || '"\u0000"'),
    ('nul_character', left(pg_temp.good('{}'), -1) || ', "note": "\u0000"}'),
    ('too_deep', left(pg_temp.good('{}'), -1) || ', "x": ' || repeat('[', 1001) || repeat(']', 1001) || '}'),
    ('too_deep', repeat('[', 200000))
) as s (reason, line);

insert into spoilt (reason, line) values
  ('not_utf8', '\x7b22ff227d'),
  ('not_utf8', '\x7b00227d'),
  ('not_utf8', '\xfffe7b00');

select plan(6 + count(*)::integer)
from spoilt;

set local session authorization test_service;
select comply.enter('test-acme');
select comply.open_load();

insert into pg_temp.staged_lines (line_no, line)
select s.line_no, s.line from spoilt as s;
insert into pg_temp.staged_lines (line_no, line, problem)
values (1000, convert_to('the beginning', 'UTF8'), 'too_long');

select results_eq(
  $$
    select l.lines, l.inserted, l.repeated, l.rejected, l.blank
    from comply.load_lines('openai-moderation', 'test-1', '00000000-0000-7000-8000-000000000001') as l
  $$,
  $$
    select
      count(*) + 1,
      count(*) filter (where s.reason is null),
      0::bigint,
      count(*) filter (where s.reason <> 'blank') + 1,
      count(*) filter (where s.reason = 'blank')
    from spoilt as s
  $$,
  'every line is counted once');

select is(
  r.reason,
  nullif(s.reason, 'blank'),
  format('%s: %s', coalesce(s.reason, 'no reason'), left(encode(s.line, 'escape'), 100)))
from spoilt as s
left join comply.load_rejects as r
  on r.tenant_id = 'test-acme'
 and r.load_id = '00000000-0000-7000-8000-000000000001'
 and r.line_no = s.line_no
order by s.line_no;

select is(
  (select r.line from comply.load_rejects as r where r.line_no = 1000), 'the beginning',
  'of a line that was cut the beginning is kept');

select is(
  (select max(length(r.line)) from comply.load_rejects as r), 8192,
  'and of any line no more than 8,192 characters');

select is(
  (select r.detail from comply.load_rejects as r where r.line_no = (
    select s.line_no from spoilt as s where s.reason = 'bad_score' order by s.line_no limit 1)),
  'hate: 7',
  'the detail has the wrong value');

select is(
  (
    select count(*)
    from comply.audit_trail as a
    where a.table_name = 'load_rejects'
      and a.record_id in (select r.id from comply.load_rejects as r)
  ),
  (select count(*) from comply.load_rejects),
  'each rejected line is in the audit trail');

select comply.enter('test-globex');
select is_empty(
  $$ select r.line from comply.load_rejects as r where r.tenant_id = 'test-acme' $$,
  'no other tenant sees them');

select * from finish();
rollback;
