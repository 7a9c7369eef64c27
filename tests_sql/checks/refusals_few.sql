begin;
set local search_path = tap, pg_catalog;
select plan(8);
\ir fixture.psql
\ir samples.psql
\ir faults/refusals_few.psql

select is(pg_temp.status_of('refusals_few'), 'na', 'where nothing was refused, there is nothing to judge');
select is(
  pg_temp.status_under('refusals_few', $$ select comply.report_denial('42501', 'storage_records') $$), 'pass',
  'one is no pattern');
select is(
  pg_temp.status_under(
    'refusals_few', $$ select comply.report_denial('42501', 'storage_records') from generate_series(1, 101) $$),
  'fail',
  'a hundred are');
select $$
    do $do$
    begin
      for n in 1 .. 51 loop
        perform comply.add_tenant('test-' || n);
        perform comply.enter('test-' || n);
        perform comply.report_denial('42501', 'storage_records'), comply.report_denial('42501', 'storage_records');
        perform set_config('comply.tenant_id', '', true);
      end loop;
    end;
    $do$ $$ as spread \gset
select is(
  pg_temp.observed_under('refusals_few', :'spread', session_user || ' 42501 by all tenants'),
  '{"events": 102, "tenants": 51}', 'also two of each of fifty tenants');
select is(
  pg_temp.status_under('refusals_few', replace(:'spread', '51', '50')), 'pass', 'but no fewer');
select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'one by evidence is enough') from fault as f;
select is(
  pg_temp.status_under(
    f.check_id, f.statement || $$; select set_config('comply.now', (now() + interval '32 days')::text, true) $$),
  'na',
  'what is long ago was looked at then')
from fault as f;
select is(
  pg_temp.sample_of('refusals_few', $$ select comply.report_denial('42501') from generate_series(1, 7) $$),
  '3, 1 of one seed, many others', 'a sample is drawn by its seed');

select * from finish();
rollback;
