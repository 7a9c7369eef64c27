begin;
set local search_path = tap, pg_catalog;
select plan(25);
\ir ../two_tenants.psql

create role test_admin login in role comply_admin;
create role test_auditor login in role comply_auditor;

create function pg_temp.steps(way text)
returns table (n integer, statement text)
language sql
as $$
  select l.distance, format('%s %s %s', l.node, l.relation, l.source)
  from comply.lineage_of('00000000-0000-7000-8000-00000000000a') as l
  where l.direction = way
$$;

select set_eq(
  $$ select * from pg_temp.steps('back') $$,
  format(
    $$
      values
        (1, 'record:00000000-0000-7000-8000-00000000000a wasDerivedFrom text:%1$s'),
        (1, 'record:00000000-0000-7000-8000-00000000000a wasDerivedFrom taxonomy:1'),
        (1, 'record:00000000-0000-7000-8000-00000000000a wasAttributedTo model:presidio/test-1'),
        (1, 'record:00000000-0000-7000-8000-00000000000a wasAttributedTo agent:%2$s'),
        (1, 'record:00000000-0000-7000-8000-00000000000a wasGeneratedBy execution:00000000-0000-7000-8000-0000000000ea'),
        (2, 'execution:00000000-0000-7000-8000-0000000000ea used model:presidio/test-1'),
        (2, 'execution:00000000-0000-7000-8000-0000000000ea wasAssociatedWith detector:presidio')
    $$,
    repeat('a', 64), session_user),
  'a record goes back to its text, taxonomy, model, execution and agent, with no word of anybody');
select is_empty($$ select * from pg_temp.steps('on') $$, 'and nothing goes back to it yet');

-- A load

create function pg_temp.load(request text)
returns uuid
language plpgsql
as $$
declare
  v_id uuid;
begin
  perform comply.enter('test-acme', 'ana', request::uuid);
  perform comply.open_load();
  insert into pg_temp.staged_lines (line_no, line)
  values (1, convert_to('{"source_data_hash": "' || repeat('c', 64) || '", "labels": {"PERSON": 0.9}}', 'UTF8'));
  perform comply.load_lines('presidio', 'test-2', request::uuid);
  select r.id into strict v_id from comply.storage_records as r
  where r.tenant_id = 'test-acme' and r.source_data_hash = repeat('c', 64);
  perform set_config('comply.tenant_id', '', true), set_config('comply.actor', '', true),
          set_config('comply.correlation_id', '', true);
  return v_id;
end;
$$;

create temp table loaded as select pg_temp.load('00000000-0000-4000-8000-0000000000cc') as id;

select ok(
  exists (
    select
    from loaded as d
    cross join comply.lineage_of(d.id) as l
    where l.node = 'record:' || d.id
      and l.relation = 'wasGeneratedBy'
      and l.source = 'load:00000000-0000-4000-8000-0000000000cc'
      and l.basis = 'trail'),
  'a loaded record goes back to its load');
select set_eq(
  $$
    select l.relation, l.source
    from loaded as d
    cross join comply.lineage_of(d.id) as l
    where l.node = 'load:00000000-0000-4000-8000-0000000000cc'
  $$,
  $$
    values ('used', 'model:presidio/test-2'), ('used', 'taxonomy:1'), ('wasAssociatedWith', 'agent:ana')
  $$,
  'and that to what it used, and on whose behalf');

-- What somebody records

select isnt(
  comply.record_lineage(
    'training', array['records:' || to_char(now() - interval '1 day', 'YYYY-MM-DD') || '/' || to_char(now() + interval '2 days', 'YYYY-MM-DD')],
    array['model:toxicity/7'], activity_id => '00000000-0000-4000-8000-0000000000ab', tenant_id => 'test-acme'),
  null, 'an administrator records a training on all records of some days');
select set_eq(
  $$ select n, regexp_replace(statement, ' records:.*| record:.*', ' it') from pg_temp.steps('on') $$,
  $$
    values
      (1, 'training:00000000-0000-4000-8000-0000000000ab used it'),
      (2, 'model:toxicity/7 wasGeneratedBy training:00000000-0000-4000-8000-0000000000ab')
  $$,
  'and the record leads to the model');
select is(
  (select count(*) from comply.lineage_of('00000000-0000-7000-8000-00000000000b') as l where l.direction = 'on'), 0::bigint,
  'that of another tenant does not');
select is(
  comply.record_lineage(
    'training', '{}', array['model:toxicity/7'], activity_id => '00000000-0000-4000-8000-0000000000ab',
    tenant_id => 'test-acme'),
  '00000000-0000-4000-8000-0000000000ab', 'a repeat');
select is(
  (select count(*) from comply.lineage_events where activity_id = '00000000-0000-4000-8000-0000000000ab'), 3::bigint,
  'changes nothing');

select throws_ok($$ select comply.record_lineage('Training') $$, 'PC613', null, 'an activity has a name in lower case');
select throws_ok($$ select comply.record_lineage('training', '{nothing}') $$, 'PC613', null, 'a thing has a kind');
select throws_ok($$ select comply.record_lineage('training', '{records:soon/later}') $$, 'PC613', null, 'a span has times');
select throws_ok($$ select * from comply.lineage_of_entity('record') $$, 'PC614', null, 'and so has what is asked for');
select throws_ok($$ update comply.lineage_events set node = 'file:b' $$, 'PC002', null, 'what is recorded stays');

-- Archives and reviews tell of themselves

insert into comply.archives (
  tenant_id, id, table_name, covers_from, covers_until, row_count, content_hash, first_key, last_key, columns,
  column_types, schema_fingerprint, format, sink, location, object_name, object_hash, object_bytes, manifest_hash,
  keep_until)
select 'test-acme', '00000000-0000-4000-8000-0000000000ad', 'storage_records', date_trunc('month', now(), 'UTC'),
       date_trunc('month', now(), 'UTC') + interval '1 month', 1, d, '{}', '{}', '{id}', '{uuid}', d, 'csv.gz', 'directory',
       '/archive', 'a', d, 0, d, now()
from sha256('') as d;
insert into comply.restores (tenant_id, id, archive_id, is_drill, row_count, erased_count)
values ('test-acme', '00000000-0000-4000-8000-0000000000ae', '00000000-0000-4000-8000-0000000000ad', true, 1, 0);
insert into comply.decision_reviews (tenant_id, id, record_id, decision, reason, reviewer)
values ('test-acme', '00000000-0000-4000-8000-0000000000af', '00000000-0000-7000-8000-00000000000a', 'upheld', 'so', 'ana');

select set_eq(
  $$ select n, split_part(statement, ' ', 1) from pg_temp.steps('on') where statement !~ '^(training|model):' $$,
  $$
    values
      (1, 'archive:00000000-0000-4000-8000-0000000000ad'), (1, 'review:00000000-0000-4000-8000-0000000000af'),
      (2, 'restore:00000000-0000-4000-8000-0000000000ae')
  $$,
  'a record leads to its archives, their restores, and who reviewed it');

insert into comply.reports (
  tenant_id, report_id, framework_id, version, period_from, period_to, format, location, file_name, file_bytes, file_hash,
  made_at)
select t, ('00000000-0000-4000-8000-0000000000f' || n)::uuid, 'gdpr', '2016/679', now() - interval '1 day',
       now() + interval '1 day', 'json', '/reports', t || '.json', 1, sha256(''), now() + interval '1 day'
from (values ('test-acme', 1), ('test-globex', 2), ('_system', 3)) as r (t, n);

select set_eq(
  $$ select n, statement from pg_temp.steps('on') where statement ~ 'report:' $$,
  $$
    values
      (1, 'report:00000000-0000-4000-8000-0000000000f1 used record:00000000-0000-7000-8000-00000000000a'),
      (1, 'report:00000000-0000-4000-8000-0000000000f3 used record:00000000-0000-7000-8000-00000000000a'),
      (2, 'file:/reports/test-acme.json wasGeneratedBy report:00000000-0000-4000-8000-0000000000f1'),
      (2, 'file:/reports/_system.json wasGeneratedBy report:00000000-0000-4000-8000-0000000000f3')
  $$,
  'and to the reports on its time, of its tenant and of all, with their files');

-- Who is told

set local session authorization test_auditor;
select ok(
  (select count(*) from comply.lineage_of('00000000-0000-7000-8000-00000000000a')) > 5,
  'an auditor, who reads no record, is told all of that');
select set_eq(
  format(
    $$ select direction, node from comply.lineage_of_entity('text:%s') where node ~ '^(record|review):' $$,
    repeat('a', 64)),
  $$
    values
      ('on', 'record:00000000-0000-7000-8000-00000000000a'), ('on', 'review:00000000-0000-4000-8000-0000000000af')
  $$,
  'also from a text on, whosever that was');
reset session authorization;

select comply.record_lineage(
  'evaluation', '{record:00000000-0000-7000-8000-00000000000a}', '{snapshot:one}', tenant_id => 'test-acme')
\g /dev/null
set local session authorization test_auditor;
select ok(
  exists (select from comply.lineage_of_entity('snapshot:one') where direction = 'back' and source ~ '^text:'),
  'and back to it, from what was made of its record');
reset session authorization;

select is(
  pg_temp.attempt('comply_analyst', null, $$ select from comply.lineage_of('00000000-0000-7000-8000-00000000000a') $$),
  '42501', 'an analyst is not');

-- The end

delete from comply.storage_records where tenant_id = 'test-acme' and id = '00000000-0000-7000-8000-00000000000a';

select ok(
  exists (
    select from pg_temp.steps('back')
    where statement = 'record:00000000-0000-7000-8000-00000000000a wasInvalidatedBy agent:' || session_user),
  'a record that is gone says who deleted it');
select ok(
  exists (select from pg_temp.steps('on') where statement ~ '^training:'), 'and still leads to the model that has seen it');

select ok(
  exists (
    select from pg_temp.steps('on')
    where statement = 'file:/reports/test-acme.json wasGeneratedBy report:00000000-0000-4000-8000-0000000000f1'),
  'and to the reports that counted it');

insert into comply.destruction_certificates (
  tenant_id, table_name, covers_from, covers_until, rows_destroyed, content_hash, basis, verdict, destroyed_at)
values ('test-globex', 'storage_records', now() - interval '1 day', now() + interval '1 day', 1, sha256(''), 'a rule',
        'BATCH', now());
delete from comply.storage_records where tenant_id = 'test-globex' and id = '00000000-0000-7000-8000-00000000000b';

select ok(
  exists (
    select
    from comply.lineage_of('00000000-0000-7000-8000-00000000000b') as l
    where l.relation = 'wasInvalidatedBy'
      and l.source ~ '^destruction:'),
  'one that a rule took names the certificate');

-- What it reads

insert into comply.decision_reviews (tenant_id, record_id, decision, reason, reviewer)
select 'test-acme', comply.new_id(), 'upheld', 'so', 'ana' from generate_series(1, 3000);
analyze comply.decision_reviews;

create function pg_temp.reviews_read()
returns bigint
language sql
as $$
  select pg_stat_get_xact_tuples_returned(c.oid) + pg_stat_get_xact_tuples_fetched(c.oid)
  from pg_class as c
  where c.oid = 'comply.decision_reviews'::regclass
$$;

create temp table read_before as select pg_temp.reviews_read() as n;
select comply.enter('test-acme', 'ana')
\g /dev/null
select count(*) from comply.lineage_of_entity('review:00000000-0000-4000-8000-0000000000af')
\g /dev/null
select cmp_ok(pg_temp.reviews_read() - (select n from read_before), '<', 100::bigint,
  'of three thousand reviews it reads those that are asked for');

select * from finish();
rollback;
