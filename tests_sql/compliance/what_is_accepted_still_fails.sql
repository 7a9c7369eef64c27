begin;
set local search_path = tap, pg_catalog;
select plan(14);
\ir ../two_tenants.psql
select now() as first, now() + interval '1 day' as second, now() + interval '2 days' as third
\gset
set local comply.now = :'first';

alter table comply.model_metrics no force row level security;
alter table comply.detectors no force row level security;

-- A run of the one check.
select comply.define_framework('{
  "framework_id": "test-rules", "version": "1", "title": "A test",
  "controls": [{"control_id": "T1", "title": "A test"}],
  "mappings": [{"control_id": "T1", "check": "rls_forced", "coverage": "full"}]}')
\g /dev/null

create function pg_temp.excepted()
returns table (subject text, status text, is_excepted boolean)
language sql
as $$
  select f.subject, f.status, f.exception_id is not null
  from comply.run_checks('test-rules') as r (run)
  cross join lateral comply.findings(r.run) as f
  where f.check_id = 'rls_forced'
  order by f.subject
$$;

select results_eq(
  $$ select * from pg_temp.excepted() $$,
  $$ values ('comply.detectors', 'fail', false), ('comply.model_metrics', 'fail', false), ('tables', 'pass', false) $$,
  'what nobody accepted is not excepted');

select comply.accept_finding('rls_forced', 'has no tenant', :'third', 'comply.detectors') as one
\gset

select results_eq(
  $$ select * from pg_temp.excepted() $$,
  $$ values ('comply.detectors', 'fail', true), ('comply.model_metrics', 'fail', false), ('tables', 'pass', false) $$,
  'what somebody did is, and fails all the same');

select is(
  (select e.accepted_by from comply.finding_exceptions as e where e.id = :'one'), session_user::text,
  'the exception says who accepted it');

set local comply.now = :'third';

select results_eq(
  $$ select subject from pg_temp.excepted() where is_excepted $$, $$ select ''::text where false $$,
  'until it ends');

set local comply.now = :'second';
select comply.accept_finding('rls_forced', 'a test', :'third') as every
\gset

select results_eq(
  $$ select subject from pg_temp.excepted() where is_excepted $$,
  $$ values ('comply.detectors'), ('comply.model_metrics') $$,
  'one without a subject is for every one, and for nothing that passes');

select comply.accept_finding('rls_forced', 'a test', '2099-01-01 00:00Z', null, 'test-acme')
\g /dev/null
select comply.withdraw_exception(:'every', 'a mistake')
\g /dev/null

select results_eq(
  $$ select subject from pg_temp.excepted() where is_excepted $$,
  $$ values ('comply.detectors') $$,
  'until it is withdrawn; and one of a tenant is for that tenant');

select is(comply.withdraw_exception(:'every', 'again'), false, 'to withdraw it again changes nothing');

select throws_ok(
  $$ select comply.withdraw_exception('00000000-0000-4000-8000-000000000000', 'x') $$, 'PC602', null,
  'nor is there another to withdraw');

select throws_ok(
  $$ select comply.accept_finding('no_such', 'x', '2099-01-01') $$, 'PC603', null,
  'no other check is accepted');

select throws_ok(
  $$ select comply.accept_finding('rls_forced', 'x', '2099-01-01', null, 'no-such') $$, 'PC003', null,
  'nor another tenant''s');

select throws_ok(
  $$ select comply.accept_finding('rls_forced', ' ', '2099-01-01') $$, '23514', null, 'nothing without a reason');

select throws_ok(
  format('select comply.accept_finding(%L, %L, %L)', 'rls_forced', 'x', :'second'), '23514', null, 'or without a time');

select throws_ok(
  $$ select comply.accept_finding('rls_forced', 'x', 'infinity') $$, '23514', null, 'or for ever');

select is(
  pg_temp.attempt('test_service', 'test-acme', $$ select comply.accept_finding('rls_forced', 'x', '2099-01-01') $$),
  '42501', 'and a service accepts none');

select * from finish();
rollback;
