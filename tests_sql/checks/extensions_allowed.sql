begin;
set local search_path = tap, pg_catalog;
select plan(5);
\ir fixture.psql
\ir faults/extensions_allowed.psql

select comply.allow_extension(e.extname, 'a test') from pg_extension as e \g /dev/null
select is(pg_temp.status_of('extensions_allowed'), 'pass', 'what is allowed may be there');
select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'what is not is found') from fault as f;
select is(
  pg_temp.status_under('extensions_allowed', $$ select comply.allow_extension('plpgsql') $$), 'fail',
  'and so is what is not allowed any more');
select is(
  pg_temp.observed_under('extensions_allowed', $$ select comply.allow_extension('plpgsql') $$, 'plpgsql') ->> 'schema',
  'pg_catalog', 'it is told where it is');
select is(
  (
    select string_agg(e.action || ' ' || (coalesce(e.detail -> 'after', e.detail -> 'before') ->> 'extension_name'), ', ' order by e.happened_at, e.event_id)
    from comply.admin_events('-infinity', 'infinity') as e
    where e.object = 'comply.allowed_extensions'
      and coalesce(e.detail -> 'after', e.detail -> 'before') ->> 'extension_name' = 'test_none'
  ), null, 'nobody is told of what did not happen');

select * from finish();
rollback;
