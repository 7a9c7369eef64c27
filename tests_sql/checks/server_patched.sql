begin;
set local search_path = tap, pg_catalog;
select plan(4);
\ir fixture.psql
\ir faults/server_patched.psql

select pg_temp.lay_ground()
\g /dev/null

select is(pg_temp.status_of('server_patched'), 'pass', 'a release at the floor of its branch passes');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'one below it fails')
from fault as f;

select is(
  pg_temp.status_under('server_patched', $$
    create or replace function comply_private.security_floor(version_num integer)
    returns integer language sql immutable return null::integer
  $$),
  'fail', 'as does one of no supported branch');

select is(
  pg_temp.observed_under(f.check_id, f.statement, 'PostgreSQL'),
  jsonb_build_object('version', v.version, 'floor', v.version + 1),
  'and both numbers are named')
from fault as f
cross join (select current_setting('server_version_num')::integer) as v (version);

select * from finish();
rollback;
