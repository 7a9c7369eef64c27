-- A schedule asks for each period that is over, one after the other, and what was made is on record for good.
begin;
set local search_path = tap, pg_catalog;
select plan(42);
\ir ../two_tenants.psql
\ir ../reported.psql

create temp table schedule as
select comply.set_report_schedule('test-frame', '1 month', '{html,oscal}', '2030-04-01 00:00+00') as id;
grant select on schedule to public;
select is(
  comply.set_report_schedule('test-frame', '1 month', '{html,oscal}'), id, 'setting it again is the same schedule')
from schedule;
select isnt(
  comply.set_report_schedule('test-frame', '1 month', '{csv}', null, 'test-acme'), id, 'that of a tenant is another')
from schedule;
select is(
  (select next_from from comply.report_schedules where tenant_id = 'test-acme'), '2030-06-01 00:00+00',
  'whose first period is the current one');
select comply.set_report_schedule('test-frame', e.every::interval, '{csv}')
from unnest(array['1 day', '7 days', '3 months', '1 year']) as e (every)
\g /dev/null
select is(s.next_from, e.since::timestamptz, format('as it is of one every %s', e.every))
from (
  values ('1 day', '2030-06-15 00:00+00'), ('7 days', '2030-06-10 00:00+00'), ('3 months', '2030-04-01 00:00+00'),
    ('1 year', '2030-01-01 00:00+00')
) as e (every, since)
join comply.report_schedules as s on s.every = e.every::interval and s.framework_id = 'test-frame';
select throws_ok($$ select comply.set_report_schedule('test-none', '1 day', '{csv}') $$, 'PC630', null,
  'a framework has to be there');
select throws_ok(
  $$ select comply.set_report_schedule('test-frame', '1 day', '{csv}', null, 'test-none') $$, 'PC003', null,
  'as has a tenant');
select throws_ok($$ select comply.set_report_schedule('test-frame', '2 days', '{csv}') $$, '23514', null,
  'a period is a day, a week, a month, a quarter or a year');
-- To PostgreSQL a month is as long as 30 days, and so the same value.
select throws_ok(
  format('select comply.set_report_schedule(''test-frame'', %L, ''{csv}'')', e.every), '23514', null,
  format('and %s are none', e.every))
from unnest(array['30 days', '90 days', '360 days', '2 mons 30 days']) as e (every);
select throws_ok($$ select comply.set_report_schedule('test-frame', '1 month', '{csv}', '-infinity') $$, '23514', null,
  'the first period has a beginning');
select comply.set_report_schedule('test-frame', '1 day', '{html,csv,html}') \g /dev/null
select is(
  (select s.formats from comply.report_schedules as s where s.framework_id = 'test-frame' and s.every = '1 day'),
  '{html,csv}', 'a format that is named twice is made once');
select throws_ok($$ select comply.set_report_schedule('test-frame', '1 month', '{pdf}') $$, '23514', null,
  'and a format one of the five');

create function pg_temp.due()
returns text
language sql
as $$
  select string_agg(format('%s-%s', to_char(d.period_from, 'MM.DD'), to_char(d.period_to, 'MM.DD')), ' ')
  from comply.due_reports() as d
  where d.schedule = (select s.id from schedule as s);
$$;
create function pg_temp.record(period_from timestamptz, schedule uuid)
returns uuid
language sql
as $$
  select comply.record_report(
    comply.report('test-frame', record.period_from, record.period_from + interval '1 month'),
    '/reports',
    jsonb_build_array(
      jsonb_build_object('format', 'html', 'name', 'a.html', 'bytes', 7, 'sha256', encode(sha256('page'), 'hex')),
      jsonb_build_object('format', 'oscal', 'name', 'a.json', 'bytes', 9, 'sha256', encode(sha256('oscal'), 'hex'))),
    record.schedule);
$$;

select is(pg_temp.due(), '04.01-05.01', 'the earliest period that is over is due');
select throws_ok($$ select pg_temp.record('2030-05-01', (select id from schedule)) $$, 'PC633', null,
  'and is made before the next');
select lives_ok($$ select pg_temp.record('2030-04-01', (select id from schedule)) $$, 'once');
select throws_ok($$ select pg_temp.record('2030-04-01', (select id from schedule)) $$, 'PC633', null, 'and not again');
select throws_ok(
  format($q$ select comply.record_report(
    jsonb_set(comply.report('test-frame', '2030-05-01', '2030-06-01'), '{period,to}', %L), '/reports',
    '[{"format": "html", "name": "a", "bytes": 1, "sha256": ""}, {"format": "oscal", "name": "b", "bytes": 1, "sha256": ""}]',
    (select id from schedule)) $q$, to_jsonb(e.period_to)),
  'PC633', null, format('nor is a report until %s that of the period', coalesce(e.period_to, 'nothing')))
from unnest(array['2030-05-31T00:00:00Z', '2030-06-02T00:00:00Z', null]) as e (period_to);
select throws_ok(
  $$ select comply.record_report(
       comply.report('test-frame', '2030-05-01', '2030-06-01'), '/reports',
       '[{"format": "html", "name": "a", "bytes": 1, "sha256": ""}]', (select id from schedule)) $$,
  'PC633', null, 'or one in fewer formats than are asked for');
select is(pg_temp.due(), '05.01-06.01', 'then the next is due');
select lives_ok($$ select pg_temp.record('2030-05-01', (select id from schedule)) $$, 'and made');
select is(pg_temp.due(), null, 'and then none until the current one is over');
select throws_ok($$ select pg_temp.record('2030-06-01', (select id from schedule)) $$, 'PC633', null,
  'so that nobody makes it before');
set local comply.now = '2030-07-01 00:00+00';
select is(pg_temp.due(), '06.01-07.01', 'which it is at its end');
set local comply.now = '2030-06-15 12:00+00';

select is(
  (select string_agg(
     format('%s %s %s', r.file_name, r.format, r.file_hash in (sha256('page'), sha256('oscal'))), ', '
     order by r.file_name)
   from comply.reports as r
   where r.period_from = '2030-05-01 00:00+00'),
  'a.html html t, a.json oscal t',
  'each file is on record with its hash');
select is(
  (select count(distinct r.report_id) from comply.reports as r where r.period_from = '2030-05-01 00:00+00'), 1::bigint,
  'under one report');
select is(
  (select distinct r.run_id from comply.reports as r where r.period_from = '2030-05-01 00:00+00'),
  (select t.id from test_run as t where t.at = '2030-05-20 00:00+00'),
  'that names its run');
select is(
  (select count(*) from comply.audit_trail as a where a.table_name = 'reports' and a.tenant_id = '_system'), 4::bigint,
  'and in the trail, which the ledger seals');
select throws_ok($$ update comply.reports set file_hash = sha256('other') $$, 'PC002', null, 'nobody changes it');
select throws_ok($$ delete from comply.reports $$, 'PC002', null, 'or removes it');
select throws_ok($$ select comply.record_report('{}', '/reports', '[]') $$, 'PC632', null, 'a report has files');

select is(
  pg_temp.attempt(r, null, 'select comply.set_report_schedule(''test-frame'', ''1 day'', ''{csv}'')') = '42501',
  r <> 'comply_admin',
  format('%s may %sset a schedule', r, case when r = 'comply_admin' then '' else 'not ' end))
from unnest(array['comply_auditor', 'comply_admin', 'comply_operator']) as r;

select ok(comply.drop_report_schedule(id), 'a schedule is dropped') from schedule;
select is(pg_temp.due(), null, 'and asks for nothing any more');

select * from finish();
rollback;
