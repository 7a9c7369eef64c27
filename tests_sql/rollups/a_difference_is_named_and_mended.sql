begin;
set local search_path = tap, pg_catalog;
select plan(24);
\ir ../two_tenants.psql

\ir ../refresh.psql

-- What is found of a fault, which is undone at once.
create function pg_temp.found(fault text)
returns text
language plpgsql
as $$
declare
  v_found text;
begin
  execute fault;
  select string_agg(
    format('%s %s %s: %s, not %s', v.rollup, v.tenant_id, coalesce(v.label, v.detector_type),
           coalesce(v.stored ->> 'records', 'none'), coalesce(v.counted ->> 'records', 'none')),
    '; ')
  into v_found
  from comply.verify_rollups() as v
  where v.tenant_id like 'test-%'
     or v.stored ->> 'records' = '777';
  raise exception 'undo' using errcode = 'TX001';
exception
  when sqlstate 'TX001' then
    return v_found;
end;
$$;

select is(pg_temp.found('select'), null, 'what no refresh has counted is no difference');
select pg_temp.refresh() \g /dev/null
select is(pg_temp.found('select'), null, 'nor is there one after it');

select is(pg_temp.found(f.fault), f.finding, f.what)
from (
  values
    ('a row too many, which its day does not have',
     $$ insert into comply_private.hourly_rollups
        select 'test-acme', hour, 'made-up', model_version, 5, 0, 0, 0 from comply_private.hourly_rollups
        where tenant_id = 'test-acme' $$,
     'hourly_rollups test-acme made-up: 5, not none; daily_rollups test-acme made-up: none, not 5'),
    ('a row that is gone, which its day still has',
     $$ delete from comply_private.hourly_rollups where tenant_id = 'test-acme' $$,
     'hourly_rollups test-acme presidio: none, not 1; daily_rollups test-acme presidio: 1, not none'),
    ('a sum that is a little off',
     $$ update comply_private.hourly_rollups set confidence_sum = confidence_sum + 1e-12 where tenant_id = 'test-acme';
        update comply_private.daily_rollups set confidence_sum = confidence_sum + 1e-12 where tenant_id = 'test-acme';
        update comply_private.daily_tenant_rollups set confidence_sum = confidence_sum + 1e-12
        where tenant_id = 'test-acme';
        update comply_private.last_seven_days set confidence_sum = confidence_sum + 1e-12
        where tenant_id = 'test-acme' $$,
     'hourly_rollups test-acme presidio: 1, not 1'),
    ('a minimum that is unknown',
     $$ update comply_private.hourly_rollups set confidence_min = null where tenant_id = 'test-globex';
        update comply_private.daily_rollups set confidence_min = null where tenant_id = 'test-globex';
        update comply_private.last_seven_days set confidence_min = null where tenant_id = 'test-globex' $$,
     'hourly_rollups test-globex presidio: 1, not 1'),
    ('flagged ones',
     $$ update comply_private.hourly_rollups set flagged = 0 where tenant_id = 'test-globex';
        update comply_private.daily_rollups set flagged = 0 where tenant_id = 'test-globex';
        update comply_private.daily_tenant_rollups set flagged = 0 where tenant_id = 'test-globex';
        update comply_private.last_seven_days set flagged = 0 where tenant_id = 'test-globex' $$,
     'hourly_rollups test-globex presidio: 1, not 1'),
    ('a label',
     $$ update comply_private.hourly_label_rollups set label = 'OTHER.Safe' where tenant_id = 'test-globex';
        update comply_private.daily_label_rollups set label = 'OTHER.Safe' where tenant_id = 'test-globex' $$,
     'hourly_label_rollups test-globex OTHER.Safe: 1, not none; '
     'hourly_label_rollups test-globex PII.Person.Name: none, not 1'),
    ('a day', $$ update comply_private.daily_rollups set records = 2 where tenant_id = 'test-acme' $$,
     'daily_rollups test-acme presidio: 2, not 1; daily_tenant_rollups test-acme : 1, not 2; '
     'last_seven_days test-acme presidio: 1, not 2'),
    ('an hour and its day, each wrong in its own way',
     $$ update comply_private.hourly_rollups set records = 3 where tenant_id = 'test-acme';
        update comply_private.daily_rollups set records = 4 where tenant_id = 'test-acme' $$,
     'hourly_rollups test-acme presidio: 3, not 1; daily_rollups test-acme presidio: 4, not 3; '
     'daily_tenant_rollups test-acme : 1, not 4; last_seven_days test-acme presidio: 1, not 4'),
    ('an hour and its label',
     $$ update comply_private.hourly_rollups set scored = 5 where tenant_id = 'test-acme';
        update comply_private.daily_rollups set scored = 5 where tenant_id = 'test-acme';
        update comply_private.daily_tenant_rollups set scored = 5 where tenant_id = 'test-acme';
        update comply_private.last_seven_days set scored = 5 where tenant_id = 'test-acme';
        update comply_private.hourly_label_rollups set records = 6 where tenant_id = 'test-acme';
        update comply_private.daily_label_rollups set records = 6 where tenant_id = 'test-acme' $$,
     'hourly_rollups test-acme presidio: 1, not 1; hourly_label_rollups test-acme PII.Person.Name: 6, not 1'),
    ('a day of a tenant', $$ delete from comply_private.daily_tenant_rollups where tenant_id = 'test-acme' $$,
     'daily_tenant_rollups test-acme : none, not 1'),
    ('what was found in seven days', $$ delete from comply_private.last_seven_days where tenant_id = 'test-acme' $$,
     'last_seven_days test-acme presidio: none, not 1'),
    ('a last day', $$ update comply_private.last_seven_days set last_day = last_day - 1 where tenant_id = 'test-acme' $$,
     'last_seven_days test-acme presidio: 1, not 1'),
    ('a day of a label', $$ delete from comply_private.daily_label_rollups where tenant_id = 'test-acme' $$,
     'daily_label_rollups test-acme PII.Person.Name: none, not 1'),
    ('a total', $$ update comply_private.rollup_totals set records = 777 where ctid = (
        select ctid from comply_private.rollup_totals where kind = 'label' and label = 'PII.Person.Name'
          and model_version = 'test-1' limit 1) $$,
     'rollup_totals  PII.Person.Name: 777, not 2'),
    ('a record that no trigger saw',
     $$ alter table comply.storage_records disable trigger _620_count_delete;
        delete from comply.storage_records where tenant_id = 'test-acme' $$,
     'hourly_rollups test-acme presidio: 1, not none; hourly_label_rollups test-acme PII.Person.Name: 1, not none'),
    ('a change that is queued twice',
     $$ insert into comply_private.rollup_changes
        select 'test-acme', hour, detector_type, model_version, '["PII.Person.Name"]', 1, 0, 0
        from comply_private.hourly_rollups where tenant_id = 'test-acme' $$,
     'hourly_rollups test-acme presidio: 2, not 1; hourly_label_rollups test-acme PII.Person.Name: 2, not 1'),
    ('but not an hour that is to be counted anew',
     $$ update comply_private.hourly_rollups set records = 2 where tenant_id = 'test-acme';
        update comply_private.daily_rollups set records = 2 where tenant_id = 'test-acme';
        update comply_private.daily_tenant_rollups set records = 2 where tenant_id = 'test-acme';
        update comply_private.last_seven_days set records = 2 where tenant_id = 'test-acme';
        insert into comply_private.rollup_changes
        select 'test-acme', hour from comply_private.hourly_rollups where tenant_id = 'test-acme' $$,
     null)
) as f (what, fault, finding);

-- To read the records is what takes long.
set local max_parallel_workers_per_gather = 0;
create function pg_temp.readings()
returns bigint
language sql
volatile
begin atomic
  select sum(s.seq_scan + coalesce(s.idx_scan, 0))::bigint
  from pg_stat_xact_user_tables as s
  join pg_inherits as i on i.inhrelid = s.relid
  where i.inhparent = 'comply.storage_records'::regclass;
end;
create temp table read_before as
select pg_temp.readings() as readings;
select pg_temp.found('select') \g /dev/null
select is(
  pg_temp.readings() - b.readings, (select count(*) from pg_inherits where inhparent = 'comply.storage_records'::regclass),
  'each month is read once')
from read_before as b;

update comply_private.hourly_rollups set records = 2 where tenant_id = 'test-acme';
delete from comply_private.daily_label_rollups where tenant_id = 'test-acme';
select cmp_ok(
  comply.recount_rollups(comply.now(), comply.now() + interval '1 second'), '=', 1::bigint,
  'a month of which something differs can be counted anew');
select pg_temp.refresh() \g /dev/null
select is(pg_temp.found('select'), null, 'and then nothing differs');
-- Where the month begins on the evening before, a month after that is no end of it.
insert into comply_private.rollup_months (month, partition, filenode) values ('2031-03-01 00:00+00', 1, 1);
set local timezone = 'America/New_York';
select is(
  comply.recount_rollups('2031-03-30 00:00+00', '2031-03-31 00:00+00'), 1::bigint,
  'months are those of UTC, wherever the caller is');
set local timezone = 'UTC';
select throws_ok($$ select comply.recount_rollups('2030-01-01', '2029-01-01') $$, 'PC622', null, 'a span has a direction');

select * from finish();
rollback;
