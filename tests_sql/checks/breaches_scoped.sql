begin;
set local search_path = tap, pg_catalog;
select plan(4);
\ir fixture.psql
\ir faults/breaches_scoped.psql

select is(pg_temp.status_of('breaches_scoped'), 'na', 'without tenants there is nothing to judge');

select is(
  pg_temp.status_under(
    'breaches_scoped',
    $$ insert into comply.tenant_configs (tenant_id, display_name, audit_level) values ('test-level',
           'A tenant', 'standard') $$),
  'pass', 'a trail with images passes');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'one without them fails')
from fault as f;

select is(
  pg_temp.observed_under(f.check_id, f.statement, 'test-level'), '{"audit_level": "minimal", "reads_logged": false}',
  'and is named')
from fault as f;

select * from finish();
rollback;
