begin;
set local search_path = tap, pg_catalog;
select plan(12);
\ir fixture.psql
\ir faults/privileged_roles.psql

select pg_temp.lay_ground()
\g /dev/null

select is(pg_temp.status_of('privileged_roles'), 'pass', 'an installation has the roles that it needs');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'a role of ours with an attribute fails')
from fault as f;

select is(pg_temp.status_under('privileged_roles', 'alter role comply_app login'), 'fail', 'or one that may log in');

select is(
  pg_temp.status_under('privileged_roles', 'grant pg_write_server_files to comply_admin'), 'fail',
  'or that writes files of the server');

select is(
  pg_temp.status_under('privileged_roles', 'create role test_root login superuser'), 'fail', 'a second superuser');

select is(
  pg_temp.status_under('privileged_roles', 'create role test_backup login bypassrls'), 'fail',
  'or whoever passes by policies');

select is(
  pg_temp.status_under('privileged_roles', 'create role test_files login in role pg_read_server_files'), 'fail',
  'or whoever reads files of the server, where rows are');

select is(
  pg_temp.status_under('privileged_roles', 'create role test_standby login replication'), 'fail',
  'or whoever has all of the server sent to it');

select is(
  pg_temp.status_under(
    'privileged_roles', 'create role test_both login noinherit in role comply_app, comply_owner'), 'fail',
  'or a service that may take on the owner');

select is(
  pg_temp.observed_under(
    'privileged_roles', 'create role test_both login in role comply_app, comply_owner', 'test_both'),
  '{"superuser": false, "bypasses_rls": false, "replicates": false, "may_log_in": true, "acts_on_server": false,
    "acts_for_owner": true, "is_service": true}',
  'or a service that may act for the owner');

select is(
  pg_temp.status_under('privileged_roles', 'create role test_deploy login in role comply_owner'), 'pass',
  'whoever deploys may');

select is(
  pg_temp.status_under('privileged_roles', 'create role test_service login in role comply_app'), 'pass',
  'and a service that is nothing else is none of it');

select * from finish();
rollback;
