begin;
set local search_path = tap, pg_catalog;
select plan(12);

-- A clock of its own: months that no other test and no installation has.
set local comply.now = '2031-05-17 23:30:00-11';
set local time zone 'Pacific/Pago_Pago';
set local role comply_operator;

select set_eq(
  $$ select comply.ensure_partitions(1) $$,
  $$
    select format('comply.%s_%s', t.name, m.month)
    from unnest(array['audit_trail', 'detector_executions', 'model_metrics', 'storage_records']) as t (name)
    cross join unnest(array['2031_05', '2031_06']) as m (month)
    union
    select format('comply.%s_%s', c.relname, m.month)
    from pg_class as c
    cross join unnest(array['2031_05', '2031_06']) as m (month)
    where c.relnamespace = 'comply'::regnamespace
      and c.relkind = 'p'
  $$,
  'this month and the next are made, in every table');

select is_empty($$ select comply.ensure_partitions(1) $$, 'a repeat makes nothing');

select throws_ok($$ select comply.ensure_partitions(-1) $$, 'PC104', null, 'a negative number is refused');
select throws_ok($$ select comply.ensure_partitions(null) $$, 'PC104', null, 'and so is none');

reset role;

select is(
  comply_private.partition_range('comply.storage_records_2031_05'),
  tstzrange('2031-05-01 00:00+00', '2031-06-01 00:00+00'),
  'months are those of UTC, whatever the time zone of the session');

select is_empty(
  $$
    select p.partrelid::regclass
    from pg_partitioned_table as p
    where p.partdefid <> 0
  $$,
  'no table has a default partition');

insert into comply.tenant_configs (tenant_id, display_name) values ('test-acme', 'Acme');

select throws_ok(
  $$
    insert into comply.model_metrics (tenant_id, model_version, metric_name, metric_value, "timestamp")
    values ('test-acme', 'v1', 'drift', 1, '2031-07-01 00:00+00')
  $$,
  '23514', null,
  'a row of a month that is missing is refused, aloud');

select lives_ok(
  $$
    insert into comply.model_metrics (tenant_id, model_version, metric_name, metric_value, "timestamp")
    values ('test-acme', 'v1', 'drift', 1, '2031-06-30 23:59:59.999999+00')
  $$,
  'the last microsecond of a month has its place');

set local role comply_app;

select set_eq(
  $$ select comply.ensure_past_partitions('storage_records', '2030-11-30 23:00+00', '2031-01-01 00:00+00') $$,
  $$ values ('comply.storage_records_2030_11'), ('comply.storage_records_2030_12'), ('comply.storage_records_2031_01') $$,
  'a service gets the past months that its records need');

select throws_ok(
  $$ select comply.ensure_past_partitions('storage_records', '1999-01-01', '2031-01-01') $$,
  'PC104', null,
  'but not those of a clock that is wrong');

select throws_ok(
  $$ select comply.ensure_past_partitions('audit_trail', '2031-01-01', '2031-01-01') $$,
  'PC104', null,
  'nor any of the audit trail');

select throws_ok(
  $$ select comply.ensure_past_partitions('storage_records; drop table x', '2031-01-01', '2031-01-01') $$,
  'PC104', null,
  'nor of what is no table');

select * from finish();
rollback;
