-- A schedule asks for each period that is over, one after the other, and what was made is on record for good.
begin;
set local search_path = tap, pg_catalog;
select plan(31);
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
select is(pg_temp.due(), '05.01-06.01', 'then the next is due');
select lives_ok($$ select pg_temp.record('2030-05-01', (select id from schedule)) $$, 'and made');
select is(pg_temp.due(), null, 'and then none until the current one is over');
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
