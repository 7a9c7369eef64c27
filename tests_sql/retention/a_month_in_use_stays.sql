-- Where the only rows of a month that is not over are those of a tenant that was erased, the month must not go with
-- them: others are about to write to it.
begin;
set local search_path = tap, pg_catalog;
select plan(5);
\ir ../old_months.psql

select pg_temp.fill('test-acme', '2030-06-10 00:00+00', 3);
select pg_temp.fill('test-acme', '2030-05-10 00:00+00', 3);
select comply.erase_tenant('test-acme', 'the contract is over') \g /dev/null

select results_eq(
  $$ select p.month, p.verdict from comply.retention_plan() as p where p.tenant = 'test-acme' $$,
  $$ values ('2030-05-01 00:00+00'::timestamptz, 'DROP'), ('2030-06-01 00:00+00'::timestamptz, 'BATCH') $$,
  'a month that is over goes as a whole, one that is under way row by row');

set local comply.now = '2030-06-03';
select results_eq(
  $$ select p.month, p.verdict from comply.retention_plan() as p where p.tenant = 'test-acme' $$,
  $$ values ('2030-05-01 00:00+00'::timestamptz, 'BATCH'), ('2030-06-01 00:00+00'::timestamptz, 'BATCH') $$,
  'and so does one that has just ended, as records still come late');
set local comply.now = '2030-06-15 12:00+00';

select comply.plan_retention() \g /dev/null
select comply.advance_retention(i.id)
from generate_series(1, 9) as n
cross join lateral (select i.id from comply.retention_items as i where n > 0 order by i.month) as i
\g /dev/null

select is_empty(
  $$ select from comply.storage_records as r where r.tenant_id = 'test-acme' $$,
  'what was erased is gone');

select lives_ok(
  $$ select pg_temp.fill('test-globex', '2030-06-15 00:00+00', 1) $$,
  'and others write on');

select is(
  array(
    select i.state
    from comply.retention_items as i
    where i.month = '2030-06-01 00:00+00'
  ),
  array['dropped'],
  'the item of the month is done');

select * from finish();
rollback;
