-- What a thousand tenants pass, a trend over thirty runs need not read: whether anything passed decides.
begin;
set local search_path = tap, pg_catalog;
select plan(6);
\ir ../two_tenants.psql
\ir ../reported.psql

-- How many findings a trend looks at.
create function pg_temp.read_by(tenant text)
returns bigint
language plpgsql
as $$
declare
  v_before bigint := pg_stat_get_xact_tuples_returned('comply.findings'::regclass)
                     + pg_stat_get_xact_tuples_fetched('comply.findings'::regclass);
begin
  perform comply_private.report_trend('test-frame', '2030-05-01', '2030-06-02', tenant);
  return pg_stat_get_xact_tuples_returned('comply.findings'::regclass)
         + pg_stat_get_xact_tuples_fetched('comply.findings'::regclass) - v_before;
end;
$$;

-- A trend, and the same counted from the findings of each of its runs.
create function pg_temp.trend_of(tenant text)
returns jsonb
language sql
as $$
  select comply_private.report_trend('test-frame', '2030-05-01', '2030-06-02', tenant);
$$;

create function pg_temp.counted_of(tenant text)
returns jsonb
language sql
as $$
  select jsonb_agg(
    jsonb_build_object(
      'run_id', r.id,
      'at', r.at,
      'satisfied', s.satisfied,
      'accepted', s.accepted,
      'review', s.review,
      'not_satisfied', s.not_satisfied,
      'not_applicable', s.not_applicable)
    order by r.at)
  from test_run as r
  cross join lateral (
    select
      count(*) filter (where c ->> 'status' = 'satisfied') as satisfied,
      count(*) filter (where c ->> 'status' = 'accepted') as accepted,
      count(*) filter (where c ->> 'status' = 'review') as review,
      count(*) filter (where c ->> 'status' = 'not_satisfied') as not_satisfied,
      count(*) filter (where c ->> 'status' = 'not_applicable') as not_applicable
    from jsonb_array_elements(comply_private.report_controls(
      'test-frame', '2030-06-01 23:59+00', r.id, '[]', tenant)) as c
  ) as s
  where r.at >= '2030-05-01 00:00+00';
$$;

select is(jsonb_array_length(pg_temp.trend_of(null)), 3, 'there are runs in it');
select is(pg_temp.trend_of(null), pg_temp.counted_of(null), 'a trend is what findings of each run make of controls');
select is(
  pg_temp.trend_of('test-acme'), pg_temp.counted_of('test-acme'),
  'also of a tenant, where what is accepted of a subject leaves others open');
select is(pg_temp.trend_of('test-globex'), pg_temp.counted_of('test-globex'), 'and of another');

create temp table read_before as
select pg_temp.read_by(null) as of_all, pg_temp.read_by('test-acme') as of_one;

insert into comply.findings (
  tenant_id, id, run_id, check_id, status, severity, subject, expected, observed, evidence_query, collected_at,
  frameworks, control_ids, coverages)
select
  'test-' || i, gen_random_uuid(), f.run_id, f.check_id, f.status, f.severity, f.subject, f.expected, f.observed,
  f.evidence_query, f.collected_at, f.frameworks, f.control_ids, f.coverages
from (
  select distinct on (n.run_id) n.*
  from comply.findings as n
  where n.run_id in (select r.id from test_run as r)
    and n.check_id = 'test_passes'
) as f
cross join generate_series(1, 1000) as i;
analyze comply.findings;

select cmp_ok(
  pg_temp.read_by(null), '<', b.of_all + 1000, 'a thousand tenants that pass are not read, run by run')
from read_before as b;
select cmp_ok(pg_temp.read_by('test-acme'), '<', b.of_one + 1000, 'nor in a report on one of them')
from read_before as b;

select * from finish();
rollback;
