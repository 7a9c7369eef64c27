-- Where rollups tell of each record a plan is read off them, and is the same; what is to be destroyed is counted.
begin;
set local search_path = tap, pg_catalog;
select plan(10);
\ir ../old_months.psql
\ir ../refresh.psql

create function pg_temp.plan(is_new boolean default false)
returns text
language sql
set jit = off
as $$
  select string_agg(format('%s %s %s', replace(p.tenant, 'test-', ''), p.verdict, p.row_count), ', '
                    order by p.tenant, p.covers_from)
  from comply_private.judged_months(comply.now(), plan.is_new) as p
  where p.table_name = 'storage_records'
    and p.month = '2030-01-01 00:00+00';
$$;

select comply.set_retention_policy('test-acme', 'storage_records', '30 days', 'a test') \g /dev/null
select comply.set_retention_policy('test-globex', 'storage_records', '60 days', 'a test') \g /dev/null
select pg_temp.fill('test-acme', '2030-01-10', 60), pg_temp.fill('test-globex', '2030-01-31', 24);
select pg_temp.fill('test-globex', '2030-02-01', 5);
select comply.place_hold('test-globex', 'case 7', 'a test', '2030-01-31 12:00+00', '2030-02-01') \g /dev/null
set local comply.now = '2030-03-03 00:00+00';

select is(comply_private.is_counted_month('2030-01-01 00:00+00'), false,
  'a month with a change that waits to be counted is not counted');
select is(pg_temp.plan(), 'acme REWRITE 60, globex KEEP 12, globex KEEP 12', 'and its plan is counted from its rows');

select pg_temp.refresh() \g /dev/null
select is(comply_private.is_counted_month('2030-01-01 00:00+00'), true, 'after a refresh it is');
select is(pg_temp.plan(), 'acme REWRITE 60, globex KEEP 12, globex KEEP 12', 'and its plan is the same');

update comply_private.daily_tenant_rollups set records = 100
where tenant_id = 'test-acme' and day = '2030-01-10';
select is(pg_temp.plan(), 'acme REWRITE 136, globex KEEP 12, globex KEEP 12', 'for it is read off the rollups of its days');
select is(pg_temp.plan(is_new => true), 'acme REWRITE 60, globex KEEP 12, globex KEEP 12',
  'who is about to destroy counts rows, whatever rollups say');

delete from comply_private.daily_tenant_rollups where tenant_id = 'test-globex';
select is(pg_temp.plan(is_new => true), 'acme REWRITE 60, globex KEEP 12, globex KEEP 12',
  'so a tenant of whom they say nothing is kept');

select pg_temp.fill('test-acme', '2030-01-20', 1);
select is(pg_temp.plan(), 'acme REWRITE 61, globex KEEP 12, globex KEEP 12', 'one late record has all of it counted again');
select pg_temp.refresh() \g /dev/null
update comply_private.rollup_months set filenode = filenode + 1 where month = '2030-01-01 00:00+00';
select is(comply_private.is_counted_month('2030-01-01 00:00+00'), false,
  'nor is a month counted whose rows were written anew since');
select is(comply_private.is_counted_month('2031-01-01 00:00+00'), false, 'or one that there is not');

select * from finish();
rollback;
