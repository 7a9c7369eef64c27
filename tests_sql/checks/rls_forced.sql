begin;
set local search_path = tap, pg_catalog;
select plan(4);
\ir fixture.psql
\ir faults/rls_forced.psql

select is(pg_temp.status_of('rls_forced'), 'pass', 'every table of an installation is forced');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'one whose owner is not bound fails')
from fault as f;

select is(
  pg_temp.status_under('rls_forced', 'alter table comply_private.data_keys disable row level security'), 'fail',
  'or one of the private schema that is open');

select is(
  pg_temp.observed_under(f.check_id, f.statement, 'comply.model_metrics'), '{"enabled": true, "forced": false}',
  'and is named')
from fault as f;

select * from finish();
rollback;
