-- What is asked of every tenant at once reads few pages, starts nobody to help, and tells the planner how little it is.
begin;
set local search_path = tap, pg_catalog;
select plan(6);
\ir ../two_tenants.psql

set local timezone = 'UTC';
set local comply.now = '2031-05-20 12:00+00';
set local role comply_owner;
select comply_private.make_partition(t.name::regclass, '2031-05-01 00:00+00')
from unnest(array['comply.storage_records', 'comply.audit_trail']) as t (name)
\g /dev/null
reset role;

insert into comply.storage_records (
  tenant_id, "timestamp", source_data_hash, detector_type, model_version, mapped_data)
select t.tenant_id, d.at, repeat('a', 64), 'presidio', 'v1', '{"labels": ["OTHER.Safe"]}'
from unnest(array['test-globex', 'test-acme']) as t (tenant_id)
cross join generate_series('2031-05-01 09:00+00'::timestamptz, '2031-05-20 09:00+00', '1 day') as d (at);

select comply_private.count_month('2031-05-01 00:00+00') \g /dev/null

create temp table lying as
select r.tenant_id, r.day, row_number() over (order by r.ctid) as place
from comply_private.daily_tenant_rollups as r
where r.tenant_id like 'test-%'
  and r.day >= '2031-05-01';

select is(count(*), 40::bigint, 'a month is counted by the day and tenant') from lying;
select is(
  max(d.places), 2::bigint, 'and the rows of a day lie together')
from (
  select max(l.place) - min(l.place) + 1 as places
  from lying as l
  group by l.day
) as d;

-- However little a worker costs, and of years of days.
insert into comply_private.daily_rollups (
  tenant_id, day, detector_type, model_version, records, flagged, scored, confidence_sum)
select 'test-acme', d.at::date, 'presidio', format('v%s', n), 1, 0, 0, 0
from generate_series('2025-01-01'::timestamptz, '2031-04-30', '1 day') as d (at)
cross join generate_series(1, 10) as n;
analyze comply_private.daily_rollups;

set local parallel_setup_cost = 25;
set local parallel_tuple_cost = 0;
set local min_parallel_table_scan_size = 0;
set local min_parallel_index_scan_size = 0;
set local max_parallel_workers_per_gather = 4;

-- The plan that an analyst gets.
create function pg_temp.plan_of(statement text)
returns json
language plpgsql
as $$
declare
  v_plan json;
begin
  set local role comply_analyst;
  execute 'explain (format json) ' || statement into v_plan;
  reset role;
  return v_plan;
end;
$$;

create temp table plans as
select
  pg_temp.plan_of('select count(*) from comply.daily_rollups') as days,
  pg_temp.plan_of('select * from comply.last_seven_days order by records desc limit 20') as seven_days;

select matches(p.days::text, '"Gather', 'where workers cost little they are started for the days') from plans as p;
select doesnt_match(p.seven_days::text, '"Gather', 'but not for what was found in the last seven') from plans as p;

create function pg_temp.rows_of(plan jsonb, relation text)
returns bigint
language sql
begin atomic
  select max((n.node ->> 'Plan Rows')::bigint)
  from jsonb_path_query(plan, 'strict $.**') as n (node)
  where jsonb_typeof(n.node) = 'object'
    and n.node ->> 'Relation Name' = relation;
end;

select cmp_ok(pg_temp.rows_of(p.days::jsonb, 'daily_rollups'), '>', 4000::bigint, 'of years of days a plan knows')
from plans as p;
select cmp_ok(pg_temp.rows_of(p.seven_days::jsonb, 'daily_rollups'), '<', 500::bigint, 'how few are of the last seven')
from plans as p;

select * from finish();
rollback;
