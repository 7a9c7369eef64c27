begin;
set local search_path = tap, pg_catalog;
select plan(18);
\ir ../old_months.psql

create function pg_temp.rule(tenant text, name text default 'storage_records')
returns text
language sql
as $$
  select concat_ws(' ', r.keep, r.action, r.needs_approval::text, r.rule)
  from comply_private.retention_rule(rule.tenant, rule.name) as r;
$$;

update comply.tenant_configs as c set storage_retention_days = 90 where c.tenant_id = 'test-acme';

select is(pg_temp.rule('test-acme'), '90 days archive true tenant_configs.storage_retention_days',
  'without a rule, the tenant''s own setting counts, archived and approved');
select is(pg_temp.rule('test-acme', 'audit_trail'), null, 'but not for evidence: that is kept');

select comply.set_retention_policy('*', '*', '1 year', 'a test', 'delete', false) \g /dev/null
select is(pg_temp.rule('test-acme'), '1 year delete false */*/*', 'a rule for all goes above it');
select is(pg_temp.rule('test-acme', 'access_log'), null, 'and not for evidence either, which has to be named');

select comply.set_retention_policy('*', '*', '2 years', 'a test', classification => 'restricted') \g /dev/null
select is(pg_temp.rule('test-acme'), '2 years archive true */*/restricted',
  'the classification is the highest of any column');
select is(pg_temp.rule('test-acme', 'detector_executions'), '1 year delete false */*/*',
  'a table of another is not meant');
select comply.set_retention_policy('*', 'storage_records', '3 years', 'a test') \g /dev/null
select is(pg_temp.rule('test-acme'), '3 years archive true */storage_records/*', 'the table weighs more');
select comply.set_retention_policy('test-acme', '*', '4 years', 'a test') \g /dev/null
select is(pg_temp.rule('test-acme'), '4 years archive true test-acme/*/*', 'and the tenant most of all');
select is(pg_temp.rule('test-globex'), '3 years archive true */storage_records/*', 'of which another is not');

select comply.set_retention_bound('storage_records', 'law A', '5 years', '7 years') \g /dev/null
select is(pg_temp.rule('test-acme'),
  '5 years archive true test-acme/*/*, at least 5 years instead of 4 years (law A)',
  'a minimum lengthens a rule, which says so');
select comply.set_retention_policy('test-acme', '*', '9 years', 'a test') \g /dev/null
select is(pg_temp.rule('test-acme'),
  '7 years archive true test-acme/*/*, at most 7 years instead of 9 years (law A)', 'a maximum shortens it');
select comply.set_retention_bound('*', 'law B', '8 years') \g /dev/null
select is(pg_temp.rule('test-acme'),
  '8 years archive true test-acme/*/*, at most 7 years instead of 9 years (law A), at least 8 years instead of '
  '7 years (law B)', 'where bounds contradict each other, what must be kept is kept');

select comply.set_retention_policy('*', 'audit_trail', '30 days', 'a test') \g /dev/null
select is(pg_temp.rule('_system', 'audit_trail') ~ '^8 years', true, 'evidence that is named has bounds as well');
select comply.set_retention_bound('*', 'law B') \g /dev/null
select is(pg_temp.rule('_system', 'audit_trail') ~ '^1 year .*PCI DSS', true,
  'of which a year is there from the start');

select comply.drop_retention_policy('test-acme', '*') \g /dev/null
select is(pg_temp.rule('test-acme') ~ '^5 years .*\*/storage_records/\*', true,
  'without its rule, the next one holds');

select throws_ok(
  $$ select comply.set_retention_policy('test-acne', '*', '1 year', 'a test') $$, 'PC003', null,
  'a rule for nobody is refused');
select throws_ok(
  $$ select comply.set_retention_policy('*', 'load_rejects', '1 year', 'a test') $$, 'PC307', null,
  'and one for a table without months');

select set_eq(
  $$ select distinct operation from comply.audit_trail where table_name = 'retention_policies' $$,
  array['INSERT', 'UPDATE', 'DELETE'], 'the trail has every change');

select * from finish();
rollback;
