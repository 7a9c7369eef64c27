-- A late load of a subject that was erased leaves neither a record of it nor the line that named it.
begin;
set local search_path = tap, pg_catalog;
select plan(8);
\ir ../two_tenants.psql

select is((comply.erase_subject('test-acme', 'p-gone', 'a request')).state, 'shredded', 'a subject is erased');

create function pg_temp.stage(line_no bigint, text_no integer, changes jsonb)
returns void
language plpgsql
as $$
begin
  insert into pg_temp.staged_lines (line_no, line)
  values (
    stage.line_no,
    convert_to((jsonb_build_object(
      'source_data_hash', lpad(stage.text_no::text, 64, '0'), 'labels', jsonb_build_object('hate', 1))
      || stage.changes)::text, 'UTF8'));
end;
$$;

set local session authorization test_service;
select comply.enter('test-acme');
select comply.open_load();
select pg_temp.stage(1, 1, '{"subject_id": "p-gone"}');
select pg_temp.stage(2, 2, '{"subject_id": "p-gone", "labels": {"haet": 1}}');
select pg_temp.stage(3, 3, '{"subject_id": "p-gone", "note": "p-gone"}');
select pg_temp.stage(4, 4, '{"subject_id": "p-here"}');
select pg_temp.stage(5, 5, '{"subject_id": null}');
-- The same text, from somebody else.
select pg_temp.stage(6, 1, '{"subject_id": "p-here"}');

select results_eq(
  $$ select lines, inserted, rejected from comply.load_lines('openai-moderation', 'test-1', gen_random_uuid()) $$,
  $$ values (6::bigint, 3::bigint, 3::bigint) $$,
  'lines of it are rejected, the others are in');

select set_eq(
  $$ select line_no, reason, detail, line from comply.load_rejects where detector_type = 'openai-moderation' $$,
  $$ values (1::bigint, 'erased_subject', null, ''), (2, 'erased_subject', null, ''), (3, 'erased_subject', null, '') $$,
  'whatever else is wrong with them, and nothing of them is kept');

select set_eq(
  $$
    select r.source_data_hash::numeric, r.subject_id
    from comply.storage_records as r
    where r.detector_type = 'openai-moderation'
  $$,
  $$ values (1::numeric, 'p-here'), (4, 'p-here'), (5, null) $$,
  'a record has the subject that its line named');

select set_eq(
  $$ select comply.erased_subjects('{p-gone, p-here, P-GONE}') $$, $$ values ('p-gone') $$,
  'a service may ask before it sends');

select comply.enter('test-globex');
select is_empty($$ select comply.erased_subjects('{p-gone}') $$, 'and hears of its own tenant''s subjects only');
select pg_temp.stage(1, 1, '{"subject_id": "p-gone"}');

select is(
  (select l.inserted from comply.load_lines('openai-moderation', 'test-1', gen_random_uuid()) as l), 1::bigint,
  'the same name with another tenant is somebody else');

reset session authorization;

select is_empty(
  $$
    select a.id
    from comply.audit_trail as a
    where a.tenant_id = 'test-acme'
      and concat(a.old_values, a.new_values) ~ 'p-gone'
  $$,
  'the trail does not name it');

select * from finish();
rollback;
