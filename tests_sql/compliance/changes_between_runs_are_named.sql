begin;
set local search_path = tap, pg_catalog;
select plan(10);
\ir ../two_tenants.psql

create function pg_temp.changes(a uuid, b uuid)
returns table (change text, check_id text, subject text, status_a text, status_b text)
language sql
as $$
  select c.change, c.check_id, c.subject, c.status_a, c.status_b
  from comply.finding_changes(a, b) as c
  where c.change <> 'observed'
$$;

-- Three checks, of which what a run leaves is no subject.
select comply.define_framework('{
  "framework_id": "test-rules", "version": "1", "title": "A test",
  "controls": [{"control_id": "T1", "title": "A test"}],
  "mappings": [
    {"control_id": "T1", "check": "rls_forced", "coverage": "full"},
    {"control_id": "T1", "check": "privileged_roles", "coverage": "full"},
    {"control_id": "T1", "check": "access_reviewed", "coverage": "full"}]}')
\g /dev/null

select comply.run_checks('test-rules') as first
\gset

select is_empty(format('select * from comply.finding_changes(%L, comply.run_checks(%L))', :'first', 'test-rules'),
  'where nothing changed, runs do not differ');

alter table comply.model_metrics no force row level security;
alter role comply_operator bypassrls;
select comply.record_access_review('a test')
\g /dev/null
select comply.run_checks('test-rules') as second
\gset

select results_eq(
  format('select * from pg_temp.changes(%L, %L)', :'first', :'second'),
  $$ values
       ('status', 'access_reviewed', 'who may do what', 'manual', 'pass'),
       ('failed', 'privileged_roles', 'comply_operator', null, 'fail'),
       ('failed', 'rls_forced', 'comply.model_metrics', null, 'fail') $$,
  'what fails is named');

select results_eq(
  format(
    'select check_id, observed_a, observed_b from comply.finding_changes(%L, %L) where change = %L and check_id = %L',
    :'first', :'second', 'observed', 'rls_forced'),
  $$
    select 'rls_forced', jsonb_build_object('subjects', n.tables), jsonb_build_object('subjects', n.tables - 1)
    from (
      select count(*) as tables
      from pg_class as c
      where c.relnamespace in ('comply'::regnamespace, 'comply_private'::regnamespace)
        and c.relkind in ('r', 'p')
        and not c.relispartition
    ) as n
  $$,
  'and that there is one less of the others');

select results_eq(
  format('select * from pg_temp.changes(%L, %L)', :'second', :'first'),
  $$ values
       ('status', 'access_reviewed', 'who may do what', 'pass', 'manual'),
       ('cured', 'privileged_roles', 'comply_operator', 'fail', null),
       ('cured', 'rls_forced', 'comply.model_metrics', 'fail', null) $$,
  'the other way round, what was cured');

-- A check that nobody asks cures nothing.
select comply.enable_check('rls_forced', false)
\g /dev/null
select comply.run_checks('test-rules') as third
\gset

select results_eq(
  format('select * from pg_temp.changes(%L, %L)', :'second', :'third'),
  $$ values
       ('disappeared', 'rls_forced', 'comply.model_metrics', 'fail', null),
       ('appeared', 'rls_forced', 'rls_forced', null, 'manual'),
       ('disappeared', 'rls_forced', 'tables', 'pass', null) $$,
  'what nobody looked for is not cured');

-- Beside what waits for a person in both runs, and where more fails than is named
insert into comply.checks (
  check_id, position, title, severity, kind, scope, function_name, evidence_query, remedy)
values ('test_many', 9001, 'A test', 'low', 'configuration', 'tenant', 'check_test_many', 'select', 'None');
create temp table judged (subject text, is_good boolean);
grant select on judged to comply_owner;
create function comply.check_test_many() returns setof comply.finding language sql as $$
  select f.*
  from comply_private.findings_of('test_many', 'x', 'subjects', array(
    select (j.subject, j.is_good, '{}', null)::comply_private.judged from pg_temp.judged as j)) as f
$$;
select comply.define_framework('{
  "framework_id": "test-many", "version": "1", "title": "A test",
  "controls": [{"control_id": "T1", "title": "A test"}],
  "mappings": [{"control_id": "T1", "check": "test_many", "coverage": "full"}]}')
\g /dev/null

create function pg_temp.run_of(variadic subjects text[])
returns uuid
language sql
as $$
  truncate judged;
  insert into judged
  select split_part(s, ' ', 1), case split_part(s, ' ', 2) when 'good' then true when 'bad' then false end
  from unnest(subjects) as s;
  select comply.run_checks('test-many');
$$;

select pg_temp.run_of('a bad', 'p asked', 'z good') as first, pg_temp.run_of('a good', 'p asked', 'z good') as second,
       pg_temp.run_of('a good', 'p asked', 'q asked', 'z good') as third
\gset

select results_eq(
  format('select * from pg_temp.changes(%L, %L)', :'first', :'second'),
  $$ values ('cured', 'test_many', 'a', 'fail', null) $$,
  'what waited for a person before hides no cure');

select results_eq(
  format('select * from pg_temp.changes(%L, %L)', :'first', :'third'),
  $$ values ('disappeared', 'test_many', 'a', 'fail', null), ('appeared', 'test_many', 'q', null, 'manual') $$,
  'what does so now may be what failed');

select pg_temp.run_of(variadic array(select format('n%s bad', n) from generate_series(1001, 1200) as n)) as first,
       pg_temp.run_of(variadic array(select format('n%s bad', n) from generate_series(1000, 1200) as n)) as second
\gset

select results_eq(
  format('select * from pg_temp.changes(%L, %L) where subject <> %L', :'first', :'second', 'subjects'),
  $$ values
       ('failed', 'test_many', 'n1000', null, 'fail'),
       ('disappeared', 'test_many', 'n1200', 'fail', null),
       ('failed', 'test_many', 'subjects: more', null, 'fail') $$,
  'what still fails, and is not named any more, is not cured');

select results_eq(
  format('select * from pg_temp.changes(%L, %L) where subject <> %L', :'second', :'first', 'subjects'),
  $$ values
       ('cured', 'test_many', 'n1000', 'fail', null),
       ('appeared', 'test_many', 'n1200', null, 'fail'),
       ('cured', 'test_many', 'subjects: more', 'fail', null) $$,
  'nor did it fail anew when it is named again');

select throws_ok(
  format('select comply.finding_changes(%L, gen_random_uuid())', :'first'), 'PC602', null,
  'runs that are not there do not compare');

select * from finish();
rollback;
