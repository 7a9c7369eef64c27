begin;
set local search_path = tap, pg_catalog;
select plan(10);
\ir fixture.psql
\ir faults/access_reviewed.psql

select is(pg_temp.status_of('access_reviewed'), 'manual', 'what nobody reviewed is for a person to judge');

select is(
  pg_temp.status_under('access_reviewed', $$ select comply.record_access_review('a test') $$), 'pass',
  'what somebody did passes');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'until something is granted')
from fault as f;

select is(
  pg_temp.status_under('access_reviewed', $$
    select comply.record_access_review('a test');
    revoke select on comply.detectors from comply_analyst
  $$),
  'fail', 'or taken away');

select is(
  pg_temp.status_under('access_reviewed', $$
    select comply.record_access_review('a test');
    create role test_service login in role comply_app
  $$),
  'fail', 'or a login comes');

select is(
  pg_temp.status_under('access_reviewed', $$
    select comply.record_access_review('a test');
    set local comply.now = '2099-01-01'
  $$),
  'fail', 'or a quarter is over');

select is(
  pg_temp.status_under('access_reviewed', $$
    create role test_team;
    grant comply_app to test_team;
    create role test_stranger login;
    select comply.record_access_review('a test');
    grant test_team to test_stranger
  $$),
  'fail', 'or one comes by way of a group');

select is(
  pg_temp.status_under('access_reviewed', $$
    create role test_team;
    create role test_stranger login in role test_team;
    select comply.record_access_review('a test');
    grant test_team to comply_reader with admin option
  $$),
  'pass', 'but not where that is a member of nothing of ours');

select comply.record_access_review('a test')
\g /dev/null
grant comply_auditor to comply_analyst with admin option;

select results_eq(
  $$ select change, grantee, privilege, kind, object, is_grantable from comply.access_changes() $$,
  $$ values ('added', 'comply_analyst', 'MEMBER', 'role', 'comply_auditor', true) $$,
  'what changed is named');

select throws_ok(
  $$ delete from comply_private.access_reviews $$, 'PC002', null, 'and a review stays on record');

select * from finish();
rollback;
