begin;
set local search_path = tap, pg_catalog;
select plan(5);
\ir fixture.psql
\ir faults/nothing_overdue.psql

select is(pg_temp.status_of('nothing_overdue'), 'na', 'without tenants nothing is due');
select is(
  pg_temp.status_under('nothing_overdue', $$ select comply.add_tenant('test-acme') $$), 'pass',
  'what is new is not due');
select is(
  pg_temp.status_under(f.check_id, f.statement), 'fail', 'what was due two years ago is')
from fault as f;
select is(
  pg_temp.status_under(f.check_id, f.statement || $$; select comply.place_hold('test-acme', 'case 7', 'a test') $$),
  'pass',
  'unless it is held')
from fault as f;
select is(
  pg_temp.status_under(
    f.check_id, replace(f.statement, '3 years', '14 months') || $$;
      select set_config(
        'comply.now',
        (date_trunc('month', now() - interval '14 months', 'UTC') + interval '1 month 366 days')::text, true)
    $$),
  'pass', 'or was due for a day')
from fault as f;

select * from finish();
rollback;
