-- A report is on every tenant, so it is for those who see all of them; a tenant reads which were made on itself.
begin;
set local search_path = tap, pg_catalog;
select plan(38);
\ir ../two_tenants.psql
\ir ../reported.psql

create temp table door as
select *
from (
  values
    ('select comply.report(''test-frame'', ''2030-05-01'', ''2030-06-01'')',
     array['comply_admin', 'comply_auditor', 'comply_operator']),
    ('select comply.due_reports()', array['comply_admin', 'comply_auditor', 'comply_operator']),
    ('select comply.record_report(''{}'', ''/'', ''[]'')', array['comply_admin', 'comply_auditor', 'comply_operator']),
    ('select comply.count_activity()', array['comply_admin', 'comply_operator']),
    ('select comply.set_report_schedule(''test-frame'', ''1 day'', ''{csv}'')', array['comply_admin']),
    ('select comply.drop_report_schedule(null)', array['comply_admin'])
) as d (statement, callers);

select is(
  pg_temp.attempt(r, case when r in ('test_service', 'comply_reader') then 'test-acme' end, d.statement) = '42501',
  not r = any (d.callers),
  format('%s %s: %s', r, case when r = any (d.callers) then 'may' else 'may not' end, d.statement))
from door as d
cross join unnest(array[
  'test_service', 'comply_reader', 'comply_analyst', 'comply_auditor', 'comply_admin', 'comply_operator']) as r
order by d.statement, r;

select comply.record_report(
  comply.report('test-frame', '2030-05-01', '2030-06-01', t.tenant), '/reports',
  '[{"format": "html", "name": "a", "bytes": 1, "sha256": "0000000000000000000000000000000000000000000000000000000000000000"}]')
from unnest(array['test-acme', 'test-globex', null]) as t (tenant)
\g /dev/null
select is(pg_temp.attempt('test_service', 'test-acme', 'select from comply.reports'), '1', 'a tenant sees its own reports');
select is(pg_temp.attempt('comply_auditor', null, 'select from comply.reports'), '3', 'an auditor all of them');

select * from finish();
rollback;
