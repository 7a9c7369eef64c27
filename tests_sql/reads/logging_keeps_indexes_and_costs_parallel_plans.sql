-- The price of logging is parallel plans, for all tenants, and nothing else of a plan.
begin;
set local search_path = tap, pg_catalog;
select plan(9);
\ir ../two_tenants.psql

alter table comply.storage_records disable trigger user;
insert into comply.storage_records (
  tenant_id, "timestamp", source_data_hash, detector_type, model_version, mapped_data)
select
  case when i % 2 = 0 then 'test-acme' else 'test-globex' end, date_trunc('month', now(), 'UTC') + i * interval '1 second',
  md5(i::text) || md5(i::text), 'presidio', 'test-1', '{"labels": ["PII.Other"]}'
from generate_series(1, 40000) as i;
analyze comply.storage_records;

set local parallel_setup_cost = 0;
set local parallel_tuple_cost = 0;
set local min_parallel_table_scan_size = 0;
set local max_parallel_workers_per_gather = 2;

create function pg_temp.plan_as(tenant text, statement text)
returns text
language plpgsql
as $$
declare
  v_line text;
  v_plan text := '';
begin
  set local session authorization test_service;
  perform comply.enter(tenant);
  for v_line in execute 'explain (costs off) ' || statement loop
    v_plan := v_plan || v_line || E'\n';
  end loop;
  raise exception '%', v_plan using errcode = 'TEST0';
exception
  when sqlstate 'TEST0' then
    return sqlerrm;
end;
$$;

create temp table question as
select
  $$ select id from comply.storage_records where source_data_hash = repeat('a', 64) $$ as point,
  $$
    select count(mapped_data)
    from comply.storage_records
    where "timestamp" < date_trunc('month', now(), 'UTC') + interval '1 month'
  $$ as every;

select matches(pg_temp.plan_as('test-globex', q.every), 'Gather', 'without a verbose tenant plans are parallel')
from question as q;

update comply.tenant_configs set audit_level = 'verbose' where tenant_id = 'test-acme';

select matches(pg_temp.plan_as('test-acme', q.point), 'source_data_hash_idx.*\n +Index Cond: \(+tenant_id = .*source_data_hash',
  'with one, a text is found by the same index')
from question as q;
select matches(pg_temp.plan_as('test-acme', q.point), 'One-Time Filter: ', 'and the hook is asked once, before that')
from question as q;
select doesnt_match(pg_temp.plan_as('test-acme', q.point), 'Filter:.*note_read', 'not for each row')
from question as q;
select doesnt_match(
  pg_temp.plan_as('test-acme', q.every), format('storage_records_%s', to_char(now() + interval '2 months', 'YYYY_MM')),
  'months that are not asked for stay out')
from question as q;
select doesnt_match(pg_temp.plan_as('test-acme', q.every), 'Gather', 'its plans are not parallel')
from question as q;
select doesnt_match(pg_temp.plan_as('test-globex', q.every), 'Gather', 'nor are those of the others')
from question as q;
select matches(
  pg_temp.plan_as('test-globex', q.point), 'source_data_hash_idx', 'who keep their indexes')
from question as q;

update comply.tenant_configs set audit_level = 'standard' where tenant_id = 'test-acme';
select matches(pg_temp.plan_as('test-globex', q.every), 'Gather', 'until the last verbose tenant has left')
from question as q;

select * from finish();
rollback;
