-- What a check asks once of all tenants, or once of each, it does not ask of each of their rows, tables and months: that
-- would be a matter of minutes with a thousand of them. Nothing is timed; what is called and scanned is counted.
begin;
set local search_path = tap, pg_catalog;
set local track_functions = 'all';
select plan(8);

-- How often a statement has a function of ours called.
create function pg_temp.calls_by(statement text, name text)
returns bigint
language plpgsql
as $$
declare
  v_function oid := format('comply_private.%I', name)::regproc;
  v_before   bigint := coalesce(pg_stat_get_xact_function_calls(v_function), 0);
begin
  execute statement;
  return coalesce(pg_stat_get_xact_function_calls(v_function), 0) - v_before;
end;
$$;

-- How often a statement looks into a table, its months or their indexes.
create function pg_temp.scans_by(statement text, name text)
returns bigint
language plpgsql
as $$
declare
  v_scans bigint;
begin
  select -sum(pg_stat_get_xact_numscans(t.relid) + coalesce(i.scans, 0))
  into v_scans
  from pg_partition_tree(format('comply.%I', name)::regclass) as t
  left join lateral (
    select sum(pg_stat_get_xact_numscans(x.indexrelid)) as scans from pg_index as x where x.indrelid = t.relid
  ) as i on true;

  execute statement;

  return v_scans + sum(pg_stat_get_xact_numscans(t.relid) + coalesce(i.scans, 0))
  from pg_partition_tree(format('comply.%I', name)::regclass) as t
  left join lateral (
    select sum(pg_stat_get_xact_numscans(x.indexrelid)) as scans from pg_index as x where x.indrelid = t.relid
  ) as i on true;
end;
$$;

insert into comply.tenant_configs (tenant_id, display_name)
select 'test-' || i, 'One of many'
from generate_series(1, 50) as i;

-- Past the trail, as somebody who has to be found out would.
alter table comply.storage_records disable trigger user;
alter table comply.detector_executions disable trigger user;
insert into comply.storage_records (
  tenant_id, "timestamp", source_data_hash, detector_type, model_version, mapped_data, correlation_id)
select
  'test-' || 1 + i % 50, date_trunc('month', now(), 'UTC'), md5(i::text) || md5(i::text), 'presidio', 'test-1',
  '{"labels": ["OTHER.Safe"]}', md5(i::text)::uuid
from generate_series(1, 1000) as i;
insert into comply.detector_executions (
  tenant_id, "timestamp", detector_type, model_version, latency_ms, success, correlation_id)
select
  'test-' || 1 + i % 50, date_trunc('month', now(), 'UTC'), 'presidio', 'test-1', 1, true, md5(i::text)::uuid
from generate_series(1, 999) as i;
alter table comply.storage_records enable trigger user;
alter table comply.detector_executions enable trigger user;
analyze comply.storage_records, comply.detector_executions;

select cmp_ok(
  pg_temp.calls_by('select comply.check_retention_ruled()', 'retention_rule'), '<=',
  (select count(*) from comply_private.retained_tables()),
  'tenants that one rule is for have it looked up once a table, to see whether there is one');
select cmp_ok(
  pg_temp.calls_by('select comply.check_trail_kept()', 'retention_rule'), '<=', 3::bigint, 'or whether it is long enough');

select comply.set_retention_policy('test-' || i, 'model_metrics', '2 years', 'a test')
from generate_series(1, 50) as i
\g /dev/null
select cmp_ok(
  pg_temp.calls_by('select comply.check_trail_kept()', 'retention_rule'), '<=', 3::bigint,
  'also where each has a rule of its own for another table');

select results_eq(
  $$ select status from comply.check_ai_events_complete() where tenant_id = 'test-1' $$,
  array['fail'], 'a record without its execution is found');
select cmp_ok(
  pg_temp.scans_by('select comply.check_ai_events_complete()', 'detector_executions'), '<', 1000::bigint,
  'and executions are not looked for record by record');

select results_eq(
  $$ select sum(rows_compared)::bigint from comply_private.record_damage('storage_records') $$,
  array[1000::bigint], 'each row that the trail never had is found');
select cmp_ok(
  pg_temp.calls_by($$ select comply_private.record_damage('storage_records') $$, 'lawful_gaps'), '<=', 50::bigint,
  'and once a tenant it is asked whether its trail is gone, where the table is compared as a whole');
select cmp_ok(
  pg_temp.calls_by($$ select comply_private.record_damage('storage_records', 1000000) $$, 'lawful_gaps'), '<=',
  50::bigint, 'or a part of it');

select * from finish();
rollback;
