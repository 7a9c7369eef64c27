-- Nothing but pass counts as pass, and the last run of the period is the one that counts.
begin;
set local search_path = tap, pg_catalog;
select plan(23);
\ir ../two_tenants.psql
\ir ../reported.psql

create temp table report as
select pg_temp.report() as all_tenants, pg_temp.report(tenant => 'test-acme') as acme;

select is(
  pg_temp.statuses(all_tenants),
  'T.1:satisfied T.2:not_satisfied T.3:review T.4:accepted T.5:not_applicable T.6:not_assessed T.7:not_assessed '
  'T.8:not_satisfied T.9:accepted T.10:not_assessed',
  'each control has the status that its findings make, in the order of their numbers')
from report;

select is(
  pg_temp.statuses(acme),
  'T.1:satisfied T.2:satisfied T.3:review T.4:accepted T.5:not_applicable T.6:not_assessed T.7:not_assessed '
  'T.8:not_satisfied T.9:accepted T.10:not_assessed',
  'and for a tenant what concerns it, and the database')
from report;

select is(
  all_tenants -> 'run' ->> 'run_id', (select t.id::text from test_run as t where t.at = '2030-05-20 00:00+00'),
  'the run is the last of the period')
from report;

select is(
  (select string_agg(c ->> 'coverage', ' ' order by o)
   from report, jsonb_array_elements(all_tenants -> 'controls') with ordinality as x (c, o)),
  'full full full full full supports none full full none',
  'a control is covered as its best mapping covers it');

select is(
  all_tenants -> 'summary' -> 'controls',
  '{"satisfied": 1, "accepted": 2, "review": 1, "not_satisfied": 2, "not_applicable": 1, "not_assessed": 3}',
  'the summary counts them')
from report;
select is(
  all_tenants -> 'summary' -> 'coverage', '{"full": 7, "partial": 0, "supports": 1, "none": 2}',
  'and how they are covered')
from report;
select is(
  all_tenants -> 'summary' -> 'severities', '{"critical": 0, "high": 1, "medium": 1, "low": 0, "info": 0}',
  'and what is open, without what is accepted')
from report;

select is(jsonb_array_length(all_tenants -> 'findings'), 9, 'every finding of the run is there') from report;
select is(jsonb_array_length(acme -> 'findings'), 8, 'but those of other tenants in a report on one') from report;
select ok(not acme::text ~ 'globex', 'which does not name them at all') from report;

select is(
  (select string_agg(format('%s:%s', e ->> 'check_id', e ->> 'is_open'), ' ' order by e ->> 'check_id')
   from report, jsonb_array_elements(all_tenants -> 'exceptions') as x (e)),
  'test_accepted:true test_fails:false test_mixed:false',
  'exceptions of the period are there, open or over');

select is(
  (select string_agg(format('%s:%s:%s', t ->> 'satisfied', t ->> 'accepted', t ->> 'not_satisfied'), ' ' order by o)
   from report, jsonb_array_elements(all_tenants -> 'trend') with ordinality as x (t, o)),
  '4:0:1 1:2:2',
  'the trend has the runs of the period');

select is(
  (select string_agg(format('%s:%s', t ->> 'tenant_id', t ->> 'risk'), ' ' order by o)
   from report, jsonb_array_elements(all_tenants -> 'tenants') with ordinality as x (t, o)
   where t ->> 'tenant_id' ~ '^test-'),
  'test-globex:high test-acme:low',
  'an open failure of high severity is a high risk, one that is accepted is none');

select is(
  pg_temp.statuses(comply.report('test-frame', '2030-06-02 00:00+00', '2030-07-01 00:00+00')),
  'T.1:not_assessed T.2:not_assessed T.3:not_assessed T.4:not_assessed T.5:not_assessed T.6:not_assessed '
  'T.7:not_assessed T.8:not_assessed T.9:not_assessed T.10:not_assessed',
  'without a run nothing is assessed');
select is(
  comply.report('test-frame', '2029-05-01', '2029-06-01') -> 'framework' ->> 'title', 'An old edition',
  'a report on an earlier year is by the edition of that year');

select throws_ok($$ select pg_temp.report('test-none') $$, 'PC630', null, 'a framework has to be there');
select throws_ok(
  $$ select comply.report('test-frame', '2025-05-01', '2025-06-01') $$, 'PC630', null, 'and to be valid in the period');
select throws_ok(
  $$ select comply.report('test-frame', '2030-06-01', '2030-06-01') $$, 'PC631', null, 'which is not empty');
select throws_ok(
  $$ select comply.report('test-frame', '2030-05-01 00:30+00', '2030-06-01') $$, 'PC631', null, 'has whole hours');
select throws_ok($$ select comply.report('test-frame', null, null) $$, 'PC631', null, 'is there');
select throws_ok(
  $$ select comply.report('test-frame', '-infinity', '2030-06-01') $$, 'PC631', null, 'begins at some time');
select throws_ok(
  $$ select comply.report('test-frame', '2030-05-01', 'infinity') $$, 'PC631', null, 'and ends');
select throws_ok($$ select pg_temp.report(tenant => 'test-none') $$, 'PC003', null, 'as is a tenant');

select * from finish();
rollback;
