begin;
set local search_path = tap, pg_catalog;
select plan(29);

set local comply.now = '2031-05-17 10:30:00+00';
set local client_min_messages = warning;
-- Half an hour away from UTC, and east of it: hours and days are not those of the session.
set local time zone 'Asia/Kolkata';
select comply.ensure_partitions(1) \g /dev/null
insert into comply.tenant_configs (tenant_id, display_name) values ('test-acme', 'Acme'), ('test-globex', 'Globex');

create function pg_temp.add(tenant text, at timestamptz, confidence double precision, variadic labels text[])
returns void
language sql
as $$
  insert into comply.storage_records (
    tenant_id, "timestamp", source_data_hash, detector_type, model_version, mapped_data, confidence_score)
  values (add.tenant, add.at, repeat('a', 64), 'presidio', 'v1', jsonb_build_object('labels', add.labels), add.confidence);
$$;

-- In one line, as deep as a comparison has to go.
create function pg_temp.hours(tenant text default 'test-acme')
returns text
language sql
as $$
  select string_agg(
    format('%s: %s/%s/%s %s [%s %s]', to_char(r.hour at time zone 'UTC', 'DD HH24'), r.records, r.flagged, r.scored,
           r.confidence_sum, r.confidence_min, r.confidence_max),
    ', ' order by r.hour)
  from comply.hourly_rollups as r
  where r.tenant_id = hours.tenant
    and r.hour >= '2031-01-01';
$$;

create function pg_temp.labels()
returns text
language sql
as $$
  select string_agg(
    format('%s %s: %s %s', to_char(r.hour at time zone 'UTC', 'DD HH24'), r.label, r.records, r.confidence_sum),
    ', ' order by r.hour, r.label)
  from comply.hourly_label_rollups as r
  where r.tenant_id = 'test-acme'
    and r.hour >= '2031-01-01';
$$;

create function pg_temp.days()
returns text
language sql
as $$
  select string_agg(
    format('%s: %s/%s/%s %s [%s %s]', to_char(r.day, 'DD'), r.records, r.flagged, r.scored, r.confidence_sum,
           r.confidence_min, r.confidence_max),
    ', ' order by r.day)
  from comply.daily_rollups as r
  where r.tenant_id = 'test-acme'
    and r.day >= '2031-01-01';
$$;

\ir ../refresh.psql

select pg_temp.add('test-acme', '2031-05-17 09:59:59.999999+00', 0.25, 'OTHER.Safe') \g /dev/null
select pg_temp.add('test-acme', '2031-05-17 10:00+00', 0.5, 'PII.Person.Name', 'PII.Contact.Email') \g /dev/null
select pg_temp.add('test-acme', '2031-05-17 10:10+00', null, 'PII.Person.Name', 'PII.Person.Name') \g /dev/null
select pg_temp.add('test-globex', '2031-05-17 10:10+00', 0.75, 'OTHER.Safe') \g /dev/null

select is(pg_temp.hours(), null, 'nothing is counted until somebody refreshes');
select pg_temp.refresh() \g /dev/null

select is(pg_temp.hours(), '17 09: 1/0/1 0.25 [0.25 0.25], 17 10: 2/2/1 0.5 [0.5 0.5]',
  'then every record is in its hour, UTC');
select is(pg_temp.hours('test-globex'), '17 10: 1/0/1 0.75 [0.75 0.75]', 'of its tenant');
select is(pg_temp.labels(),
  '17 09 OTHER.Safe: 1 0.25, 17 10 PII.Contact.Email: 1 0.5, 17 10 PII.Person.Name: 2 0.5',
  'and once under each of its labels');
select is(pg_temp.days(), '17: 3/2/2 0.75 [0.25 0.5]', 'and in its day');

select pg_temp.refresh() \g /dev/null
select is(pg_temp.days(), '17: 3/2/2 0.75 [0.25 0.5]', 'a repeat counts nothing twice');

select pg_temp.add('test-acme', '2031-05-17 10:20+00', 0.125, 'OTHER.Safe') \g /dev/null
select pg_temp.add('test-acme', '2031-05-16 23:00+00', 1, 'OTHER.Safe') \g /dev/null
select pg_temp.refresh() \g /dev/null
select is(pg_temp.hours(),
  '16 23: 1/0/1 1 [1 1], 17 09: 1/0/1 0.25 [0.25 0.25], 17 10: 3/2/2 0.625 [0.125 0.5]',
  'what comes later is added, late records to the hour that they are of');
select is(pg_temp.days(), '16: 1/0/1 1 [1 1], 17: 4/2/3 0.875 [0.125 0.5]', 'and to its day');

select results_eq(
  $$ select count(*) from comply_private.rollup_changes where tenant_id like 'test-%' $$, $$ values (0::bigint) $$,
  'what is counted is queued no more');

update comply.storage_records
set metadata = '{"a": 1}', backup_status = 'completed', mapped_data = mapped_data || '{"more": 1}'
where tenant_id = 'test-acme';

select results_eq(
  $$ select count(*) from comply_private.rollup_changes where tenant_id like 'test-%' $$, $$ values (0::bigint) $$,
  'a change of what is not counted queues nothing');

update comply.storage_records set mapped_data = '{"labels": ["OTHER.Safe"]}'
where tenant_id = 'test-acme' and confidence_score = 0.5;
select pg_temp.refresh() \g /dev/null
select is(pg_temp.labels(),
  '16 23 OTHER.Safe: 1 1, 17 09 OTHER.Safe: 1 0.25, 17 10 OTHER.Safe: 2 0.625, 17 10 PII.Person.Name: 1 0',
  'a record with other labels is counted under those, and a label without one is gone');

-- The lowest of its hour and of its day goes, and no sum tells the next one.
delete from comply.storage_records where tenant_id = 'test-acme' and confidence_score = 0.125;
select pg_temp.add('test-acme', '2031-05-17 10:30+00', 0.375, 'OTHER.Safe') \g /dev/null
select pg_temp.refresh() \g /dev/null
select is(pg_temp.hours(),
  '16 23: 1/0/1 1 [1 1], 17 09: 1/0/1 0.25 [0.25 0.25], 17 10: 3/1/2 0.875 [0.375 0.5]',
  'a deleted record takes its minimum along, and one that came meanwhile is counted once');
select is(pg_temp.days(), '16: 1/0/1 1 [1 1], 17: 4/1/3 1.125 [0.25 0.5]', 'in its day as well');

-- One change a call: those of an hour that is counted anew go together, or what was added would be counted twice.
select pg_temp.add('test-acme', '2031-05-17 09:10+00', 0.5, 'OTHER.Safe') \g /dev/null
delete from comply.storage_records where tenant_id = 'test-acme' and confidence_score = 0.25;
select pg_temp.add('test-acme', '2031-05-17 09:20+00', 0.75, 'OTHER.Safe') \g /dev/null
select ok(comply.refresh_rollup_batch(1) and comply.refresh_rollup_batch(1), 'one change a call, there is more');
select pg_temp.refresh() \g /dev/null
select is(pg_temp.hours(),
  '16 23: 1/0/1 1 [1 1], 17 09: 2/0/2 1.25 [0.5 0.75], 17 10: 3/1/2 0.875 [0.375 0.5]',
  'in whatever portions changes are counted');

delete from comply.storage_records where tenant_id = 'test-acme' and "timestamp" < '2031-05-17 00:00+00';
select pg_temp.refresh() \g /dev/null
select is(pg_temp.days(), '17: 5/1/4 2.125 [0.375 0.75]', 'an hour and a day without a record are no row');

-- Each a record of an hour, of which another tenant has one as well.
select pg_temp.add(t.tenant, '2031-05-17 08:10+00', 0.5, 'OTHER.Safe')
from unnest(array['test-acme', 'test-acme', 'test-globex']) as t (tenant)
\g /dev/null
select pg_temp.refresh() \g /dev/null
delete from comply.storage_records
where id = (
  select r.id
  from comply.storage_records as r
  where r.tenant_id = 'test-acme'
    and r."timestamp" = '2031-05-17 08:10+00'
  limit 1
);
select pg_temp.refresh() \g /dev/null
select results_eq(
  $$
    select r.kind, r.records
    from comply.rollup_totals as r
    where r.starts_at in ('2031-05-17 00:00+00', '2031-05-17 08:00+00')
      and r.kind <> 'label'
    order by r.kind
  $$,
  $$ values ('day', 8::bigint), ('hour', 2::bigint) $$,
  'totals have every tenant, where an hour of one is counted anew');
delete from comply.storage_records where tenant_id = 'test-acme' and "timestamp" = '2031-05-17 08:10+00';
select pg_temp.refresh() \g /dev/null

savepoint undone;
select pg_temp.add('test-acme', '2031-05-17 10:30+00', 0.375, 'OTHER.Safe') \g /dev/null
rollback to undone;
select pg_temp.refresh() \g /dev/null
select is(pg_temp.days(), '17: 5/1/4 2.125 [0.375 0.75]', 'what is undone was never counted');

set local session_replication_role = replica;
select pg_temp.add('test-acme', '2031-05-17 10:30+00', 0.5, 'OTHER.Safe') \g /dev/null
set local session_replication_role = origin;
insert into comply.storage_records_2031_05 (
  tenant_id, "timestamp", source_data_hash, detector_type, model_version, mapped_data)
values ('test-acme', '2031-05-18 00:00+00', repeat('a', 64), 'presidio', 'v1', '{"labels": ["OTHER.Safe"]}');
select pg_temp.refresh() \g /dev/null
select is(pg_temp.days(), '17: 6/1/5 2.625 [0.375 0.75], 18: 1/0/0 0 [ ]',
  'who turns triggers off, or writes to a partition, is counted all the same');

-- Months that go and come

select pg_temp.add('test-acme', '2031-06-01 00:00+00', 1, 'OTHER.Safe') \g /dev/null
select pg_temp.refresh() \g /dev/null
select pg_temp.add('test-acme', '2031-05-19 00:00+00', 1, 'OTHER.Safe') \g /dev/null
set local role comply_owner;
select comply_private.take_out_month('storage_records', '2031-05-01 00:00+00') \g /dev/null
reset role;
select pg_temp.refresh() \g /dev/null
select is(pg_temp.days(), '01: 1/0/1 1 [1 1]',
  'a month that is out of its table is out of the rollups, whatever was queued of it');

set local role comply_owner;
select comply_private.put_back_month('storage_records', '2031-05-01 00:00+00') \g /dev/null
reset role;
select pg_temp.add('test-acme', '2031-05-20 00:00+00', 1, 'OTHER.Safe') \g /dev/null
select pg_temp.refresh() \g /dev/null
select is(pg_temp.days(),
  '17: 6/1/5 2.625 [0.375 0.75], 18: 1/0/0 0 [ ], 19: 1/0/1 1 [1 1], 20: 1/0/1 1 [1 1], 01: 1/0/1 1 [1 1]',
  'one that comes back is counted, and what came with it is counted once');

truncate comply.storage_records_2031_06;
select pg_temp.add('test-acme', '2031-06-02 00:00+00', 0.5, 'OTHER.Safe') \g /dev/null
select pg_temp.refresh() \g /dev/null
select is(split_part(pg_temp.days(), ', ', -1), '02: 1/0/1 0.5 [0.5 0.5]', 'a month that is emptied is counted anew');

set local role comply_owner;
select comply_private.make_partition('comply.storage_records', '2031-07-01 00:00+00') \g /dev/null
reset role;
select pg_temp.add('test-acme', '2031-07-03 00:00+00', 0.5, 'OTHER.Safe') \g /dev/null
drop table comply.storage_records_2031_07;
select pg_temp.refresh() \g /dev/null
select is(split_part(pg_temp.days(), ', ', -1), '02: 1/0/1 0.5 [0.5 0.5]',
  'one that came and went between two refreshes leaves nothing');

select is_empty($$ select * from comply.verify_rollups('2031-05-01 00:00+00', '2031-08-01') $$, 'nothing else differs anywhere');

-- By index, whatever there is: a tenant and an hour at a time

update comply.storage_records set confidence_score = 0.5
where tenant_id = 'test-acme' and "timestamp" = '2031-05-20 00:00+00';
select coalesce(sum(s.seq_scan), 0) as scans
from pg_stat_xact_user_tables as s
where s.relname ~ '^(storage_records_\d|(hourly|daily)_)'
\gset
select pg_temp.refresh() \g /dev/null
select is(
  coalesce(sum(s.seq_scan), 0)::text, :'scans',
  'a refresh after a change reads neither all records nor all rollups')
from pg_stat_xact_user_tables as s
where s.relname ~ '^(storage_records_\d|(hourly|daily)_)';
select is(
  (select r.confidence_sum from comply.daily_rollups as r where r.tenant_id = 'test-acme' and r.day = '2031-05-20'),
  0.5,
  'but what was changed');

select throws_ok($$ select comply.refresh_rollup_batch(0) $$, 'PC622', null, 'no changes are no batch');
select throws_ok($$ select comply.refresh_rollup_batch(null) $$, 'PC622', null, 'nor are unknown ones');
select throws_ok($$ select * from comply.verify_rollups('2031-05-01 00:00+00', '2031-05-01 00:00+00') $$, 'PC622', null,
  'and no time is no span');

select * from finish();
rollback;
