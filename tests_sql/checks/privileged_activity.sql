begin;
set local search_path = tap, pg_catalog;
select plan(7);
\ir fixture.psql
\ir samples.psql
\ir faults/privileged_activity.psql

create role test_admin login in role comply_admin;
select $$
  set local comply.now = '';
  set local session authorization test_admin;
  select comply.add_tenant('test-' || n) from generate_series(1, 7) as n;
  reset session authorization;
$$ as by_name \gset

-- Whatever else was done here lately, nobody did anything a year from now.
select set_config('comply.now', (now() + interval '1 year')::text, true) \g /dev/null
select is(
  pg_temp.status_of('privileged_activity'), 'na',
  'where nobody privileged did anything, there is nothing to explain');
select set_config('comply.now', '', true) \g /dev/null

select is(
  pg_temp.observed_under('privileged_activity', :'by_name', 'test_admin') - 'last_at',
  '{"login": "member of comply_admin", "tables": ["tenant_configs"], "changes": 7, "tenants": 7}',
  'what an administrator did is counted');
savepoint before;
:by_name
select is(
  (select f.status from comply.check_privileged_activity() as f where f.subject = 'test_admin'), 'pass',
  'and is no fault');
rollback to before;
select is(
  pg_temp.status_under(f.check_id, f.statement), 'fail', 'a login that is gone is one')
from fault as f;
select is(
  pg_temp.observed_under(f.check_id, f.statement, 'test_gone') ->> 'login', 'is gone', 'and is named')
from fault as f;
select is(
  pg_temp.status_under('privileged_activity', $$ select comply.add_tenant('test-acme') $$), 'manual',
  'a superuser has to be explained');
select is(
  pg_temp.sample_of('privileged_activity', :'by_name'), '3, 1 of one seed, many others',
  'a sample is drawn by its seed');

select * from finish();
rollback;
