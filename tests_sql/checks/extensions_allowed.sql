begin;
set local search_path = tap, pg_catalog;
select plan(5);
\ir fixture.psql
\ir faults/extensions_allowed.psql

select pg_temp.lay_ground() \g /dev/null
select is(pg_temp.status_of('extensions_allowed'), 'pass', 'what is allowed may be there');
select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'what is not is found') from fault as f;
select is(
  pg_temp.status_under('extensions_allowed', $$ select comply.allow_extension('plpgsql') $$), 'fail',
  'and so is what is not allowed any more');
select is(
  pg_temp.observed_under('extensions_allowed', $$ select comply.allow_extension('plpgsql') $$, 'plpgsql') ->> 'schema',
  'pg_catalog', 'it is told where it is');
select comply.allow_extension('test_ext', 'ticket 7'), comply.allow_extension('test_ext', 'ticket 7') \g /dev/null
select is(
  (
    select array_agg(e.detail -> 'after' ->> 'reason')
    from comply.admin_events('-infinity', 'infinity') as e
    where e.object = 'comply.allowed_extensions'
      and e.detail -> 'after' ->> 'extension_name' = 'test_ext'
  ), array['ticket 7'], 'who allows one leaves a row, once');

select * from finish();
rollback;
