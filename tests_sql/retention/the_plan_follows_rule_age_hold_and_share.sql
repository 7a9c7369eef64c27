-- Rule, hold, age and share: what the plan says of each, and that it changes nothing by saying so.
begin;
set local search_path = tap, pg_catalog;
select plan(19);
\ir ../old_months.psql

-- One month of two tenants for each case, at a time that is 30 days after the end of each.
create function pg_temp.verdict(month text)
returns text
language sql
as $$
  select string_agg(format('%s %s %s', replace(p.tenant, 'test-', ''), p.verdict, p.row_count), ', '
                    order by p.tenant, p.covers_from)
  from comply.retention_plan() as p
  where p.table_name = 'storage_records'
    and to_char(p.month at time zone 'UTC', 'YYYY-MM') = '2030-' || verdict.month;
$$;

select comply.set_retention_policy('test-acme', 'storage_records', '30 days', 'a test') \g /dev/null
select comply.set_retention_policy('test-globex', 'storage_records', '60 days', 'a test') \g /dev/null

select pg_temp.fill('test-acme', '2030-01-10', 60), pg_temp.fill('test-globex', '2030-01-10', 40);
select pg_temp.fill('test-acme', '2030-02-10', 39), pg_temp.fill('test-globex', '2030-02-10', 61);

set local comply.now = '2030-03-02 23:59:59+00';
select is(pg_temp.verdict('01'), null, 'before the shortest rule is over, a month is not even looked at');
set local comply.now = '2030-03-03 00:00+00';
select is(pg_temp.verdict('01'), 'acme REWRITE 60, globex KEEP 40',
  'from the end of the month plus what the rule keeps on, a tenant''s rows are due');
select is(pg_temp.verdict('02'), null, 'the next month is not');

set local comply.now = '2030-03-31 00:00+00';
select is(pg_temp.verdict('02'), 'acme BATCH 39, globex KEEP 61',
  'a share below 40 percent is deleted row by row');
select is(
  (select p.reason from comply.retention_plan() as p where p.verdict = 'BATCH'),
  'expired on 2030-03-31; 39 % of the month', 'and the reason says so');

select comply.set_retention_settings(rewrite_share => 0.39) \g /dev/null
select is(pg_temp.verdict('02'), 'acme REWRITE 39, globex KEEP 61', 'from the share that is set on, it is rewritten');
select comply.set_retention_settings(cold_after => '31 days') \g /dev/null
select is(pg_temp.verdict('02'), 'acme BATCH 39, globex KEEP 61', 'unless the month is hot');
select comply.set_retention_settings(rewrite_share => 0.4, cold_after => '7 days') \g /dev/null

set local comply.now = '2030-04-02 00:00+00';
select is(pg_temp.verdict('01'), 'acme DROP 60, globex DROP 40', 'a month of which all tenants are over is dropped');

select comply.place_hold('test-globex', 'case 7', 'a test', '2030-01-20', '2030-01-21') \g /dev/null
select is(pg_temp.verdict('01'), 'acme REWRITE 60, globex REWRITE 40, globex KEEP 0',
  'a hold on any part of it keeps the month in its place, though nothing be in that part');
select comply.place_hold('test-globex', 'case 8', 'a test', '2030-01-10 10:00+00', '2030-01-10 20:00+00') \g /dev/null
select is(pg_temp.verdict('01'), 'acme REWRITE 60, globex REWRITE 10, globex KEEP 10, globex REWRITE 20, globex KEEP 0',
  'a hold on a part keeps exactly that');
select is(
  (select string_agg(p.hold, ' ' order by p.covers_from) from comply.retention_plan() as p where p.verdict = 'KEEP'
   and p.month = '2030-01-01 00:00+00'),
  'case 8 case 7', 'and the plan names the matter');
select comply.place_hold('test-globex', 'case 9', 'a test') \g /dev/null
select is(pg_temp.verdict('01'), 'acme REWRITE 60, globex KEEP 40', 'one without a span keeps all of the tenant');
select is(pg_temp.verdict('02'), 'acme BATCH 39, globex KEEP 61', 'in every month');
select comply.place_hold('test-acme', 'case 9', 'a test') \g /dev/null
select is(pg_temp.verdict('01'), 'acme KEEP 60, globex KEEP 40', 'and where all is held, all is kept');
select set_eq(
  $$
    select j.verdict
    from comply_private.judged_months('2040-01-01', is_new => true) as j
    where j.table_name = 'storage_records' and j.month in ('2030-01-01 00:00+00', '2030-02-01 00:00+00')
  $$,
  array['KEEP'], 'nor is such a month taken for an empty one, without counting, ten years on');

select comply.release_hold('test-acme', 'case 9', 'over'), comply.release_hold('test-globex', 'case 9', 'over'),
  comply.release_hold('test-globex', 'case 8', 'over'), comply.release_hold('test-globex', 'case 7', 'over');
select is(pg_temp.verdict('01'), 'acme DROP 60, globex DROP 40', 'holds that are released hold nothing');

insert into comply.erasures (tenant_id, scope, basis, due_at)
values ('test-acme', 'tenant', 'the contract ended', '2030-05-01');
set local comply.now = '2030-02-20 00:00+00';
select is(pg_temp.verdict('02'), 'acme BATCH 39, globex KEEP 61',
  'an erased tenant is over at once, in a month that is not');
select is(
  (select p.rule || ', ' || p.basis from comply.retention_plan() as p
   where p.tenant = 'test-acme' and p.month = '2030-02-01 00:00+00'),
  (select format('erasure %s, the contract ended', e.id) from comply.erasures as e where e.tenant_id = 'test-acme'),
  'and the erasure is the reason');

select is_empty($$ select id from comply.retention_items $$, 'to plan is to change nothing');

select * from finish();
rollback;
