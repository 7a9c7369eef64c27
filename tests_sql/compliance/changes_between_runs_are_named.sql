begin;
set local search_path = tap, pg_catalog;
select plan(6);
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

select throws_ok(
  format('select comply.finding_changes(%L, gen_random_uuid())', :'first'), 'PC602', null,
  'runs that are not there do not compare');

select * from finish();
rollback;
