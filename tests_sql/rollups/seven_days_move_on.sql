-- What is added up for the last seven days is what the days say, on whatever day and after whatever change.
begin;
set local search_path = tap, pg_catalog;
select plan(11);
\ir ../two_tenants.psql

set local comply.now = '2031-05-20 12:00+00';
set local role comply_owner;
select comply_private.make_partition(t.name::regclass, '2031-05-01 00:00+00')
from unnest(array['comply.storage_records', 'comply.audit_trail']) as t (name)
\g /dev/null
reset role;

create function pg_temp.add(at timestamptz, confidence double precision, label text default 'PII.Person.Name')
returns void
language sql
begin atomic
  insert into comply.storage_records (
    tenant_id, "timestamp", source_data_hash, detector_type, model_version, mapped_data, confidence_score)
  values (
    'test-acme', at, repeat('a', 64), 'presidio', 'v1', jsonb_build_object('labels', array[label]), confidence);
end;

\ir ../refresh.psql

create function pg_temp.seven_days()
returns text
language sql
begin atomic
  select string_agg(
    format('%s/%s %s [%s %s] %s', s.records, s.flagged, s.mean_confidence, s.confidence_min, s.confidence_max,
           extract(day from s.last_day)),
    ', ' order by s.model_version)
  from comply.last_seven_days as s
  where s.tenant_id = 'test-acme'
    and s.model_version = 'v1';
end;

-- Which rows the view reads: those that are added up, or the days.
create function pg_temp.is_added_up()
returns boolean
language sql
begin atomic
  select exists (
    select
    from comply_private.last_seven_days as s
    where s.first_day = (comply.now() at time zone 'UTC')::date - 6
  );
end;

select pg_temp.add(a.at, a.confidence, a.label)
from (
  values
    (timestamptz '2031-05-13 23:59:59+00', 1.0, 'OTHER.Safe'),
    ('2031-05-14 00:00+00', 0.25, 'PII.Person.Name'),
    ('2031-05-20 11:00+00', 0.5, 'OTHER.Safe')
) as a (at, confidence, label)
\g /dev/null

select pg_temp.refresh() \g /dev/null
select is(pg_temp.seven_days(), '2/1 0.375000 [0.25 0.5] 20', 'today and the six days before, as a month is counted');
select ok(pg_temp.is_added_up(), 'which a refresh adds up');

select pg_temp.add('2031-05-19 11:00+00', 0.75) \g /dev/null
select pg_temp.add('2031-05-13 11:00+00', 0.125) \g /dev/null
select pg_temp.refresh() \g /dev/null
select is(pg_temp.seven_days(), '3/2 0.500000 [0.25 0.75] 20', 'to which the next one adds what is of these days');

delete from comply.storage_records where tenant_id = 'test-acme' and "timestamp" = '2031-05-20 11:00+00';
select pg_temp.add('2031-05-18 11:00+00', 0.875) \g /dev/null
select pg_temp.refresh() \g /dev/null
select is(pg_temp.seven_days(), '3/3 0.625000 [0.25 0.875] 19', 'less what is deleted');

set local comply.now = '2031-05-21 00:00+00';
select ok(not pg_temp.is_added_up(), 'on a new day nothing is added up yet');
select is(pg_temp.seven_days(), '2/2 0.812500 [0.75 0.875] 19', 'so the days are, and the first one is gone');
select pg_temp.refresh() \g /dev/null
select ok(pg_temp.is_added_up(), 'until a refresh has done it');
select is(pg_temp.seven_days(), '2/2 0.812500 [0.75 0.875] 19', 'with the same result');
select is(
  pg_temp.attempt(
    'test_service', 'test-globex', $$ select from comply.last_seven_days where tenant_id = 'test-acme' $$),
  '0',
  'which another tenant does not see');

set local role comply_owner;
select comply_private.take_out_month('storage_records', '2031-05-01 00:00+00') \g /dev/null
reset role;
select pg_temp.refresh() \g /dev/null
select is(pg_temp.seven_days(), null, 'a month that is taken out leaves nothing');
select is_empty($$ select * from comply.verify_rollups('2031-05-01', '2031-06-01') $$, 'and nothing differs');

select * from finish();
rollback;
