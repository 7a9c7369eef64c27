-- PostgreSQL compares intervals by months of 30 days, so that 362 days are more than a year to it. Rows are kept by
-- the calendar, and so bounds have to be compared.
begin;
set local search_path = tap, pg_catalog;
select plan(8);
\ir ../old_months.psql

create function pg_temp.until(tenant text, month timestamptz)
returns text
language sql
as $$
  select concat_ws(' ', p.verdict, substring(p.reason from '\d{4}-\d\d-\d\d'))
  from comply.retention_plan() as p
  where p.tenant = until.tenant
    and p.month = until.month;
$$;

select pg_temp.fill('test-acme', '2030-01-10 00:00+00', 3);
set local comply.now = '2030-12-01';
select comply.ensure_partitions(3) \g /dev/null
set local comply.now = '2031-01-30 12:00+00';

select comply.set_retention_policy('test-acme', 'storage_records', '362 days', 'a test', 'delete', false) \g /dev/null
select is(pg_temp.until('test-acme', '2030-01-01 00:00+00'), 'DROP 2031-01-29', '362 days after its end, a month goes');

select comply.set_retention_bound('storage_records', 'a law', minimum => '1 year') \g /dev/null
select is(
  pg_temp.until('test-acme', '2030-01-01 00:00+00'), 'KEEP 2031-02-01', 'but not where a law asks for a year');

select comply.set_retention_bound('storage_records', 'a law', maximum => '1 year') \g /dev/null
set local comply.now = '2031-02-03 12:00+00';
select comply.set_retention_policy('test-acme', 'storage_records', '12 months 20 days', 'a test', 'delete', false)
\g /dev/null
select is(pg_temp.until('test-acme', '2030-01-01 00:00+00'), 'DROP 2031-02-01', 'a year at most is one of the calendar');

-- Six months are 181 days from February on, and 184 from March on.
select comply.set_retention_bound('storage_records', 'a law', minimum => '6 months') \g /dev/null
select comply.set_retention_policy('test-acme', 'storage_records', '182 days', 'a test', 'delete', false) \g /dev/null
select is(
  (select r.keep from comply_private.retention_rule('test-acme', 'storage_records', '2030-02-01 00:00+00') as r),
  '182 days'::interval,
  'what is longer than a minimum after one month');
select is(
  (select r.keep::text from comply_private.retention_rule('test-acme', 'storage_records', '2030-03-01 00:00+00') as r),
  '6 mons',
  'is shorter than it after another');

-- Of two spans the one that ends first, and not the one that counts fewer days.
select comply.set_retention_bound('storage_records', 'a law') \g /dev/null
select comply.set_retention_policy('test-acme', 'storage_records', '1 month', 'a test', 'delete', false) \g /dev/null
select comply.set_retention_policy('test-globex', 'storage_records', '29 days', 'a test', 'delete', false) \g /dev/null
update comply.tenant_configs set storage_retention_days = 3000;
set local comply.now = '2030-03-01 06:00+00';
select is(
  (select k.earliest from comply_private.keep_span('storage_records', '2030-02-01 00:00+00') as k),
  '2030-03-01 00:00+00'::timestamptz,
  'the shortest rule is the one that ends first');
select is(
  pg_temp.until('test-acme', '2030-01-01 00:00+00'), 'DROP 2030-03-01', 'so a month is looked into when it has to be');

select comply.set_retention_policy('test-acme', 'storage_records', '1 year', 'a test', 'delete', false) \g /dev/null
select comply.set_retention_policy('test-globex', 'storage_records', '362 days', 'a test', 'delete', false) \g /dev/null
update comply.tenant_configs set storage_retention_days = 10;
select is(
  (select k.latest from comply_private.keep_span('storage_records', '2030-02-01 00:00+00') as k),
  '2031-02-01 00:00+00'::timestamptz,
  'and the longest the one that ends last');

select * from finish();
rollback;
