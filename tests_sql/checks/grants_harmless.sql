begin;
set local search_path = tap, pg_catalog;
select plan(11 + (current_setting('server_version_num')::integer >= 170000)::integer);
\ir fixture.psql
\ir faults/grants_harmless.psql

select is(pg_temp.status_of('grants_harmless'), 'pass', 'an installation grants what is needed');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'to truncate is not')
from fault as f;

select is(pg_temp.status_under('grants_harmless', s.statement), 'fail', format('nor is %s', s.statement))
from unnest(array[
  'grant references on comply.detectors to comply_app',
  'grant trigger on comply.detectors to comply_app',
  'grant select on comply.detectors to public',
  'grant select (description) on comply.detectors to public',
  'grant execute on function comply_private.clock() to public',
  'grant create on schema comply to comply_app',
  'grant select on comply.detectors to comply_app with grant option',
  'alter default privileges in schema comply grant select on tables to comply_app'
] || case when current_setting('server_version_num')::integer >= 170000 then
  array['grant maintain on comply.detectors to comply_operator']
end) as s (statement);

select is(
  pg_temp.observed_under(
    'grants_harmless', 'grant usage on schema comply_private to comply_app',
    'USAGE on schema comply_private to comply_app'),
  '{"grantee": "comply_app", "privilege": "USAGE", "grantable": false}',
  'and who enters comply_private is named');

select * from finish();
rollback;
