-- A policy that costs a call a row, or keeps a query off its index, is switched off sooner or later. 200,000
-- records of 20 tenants, asked as an application.
begin;
set local search_path = tap, pg_catalog;
select plan(24);

insert into comply.tenant_configs (tenant_id, display_name)
select format('test-%s', i), 'Test'
from generate_series(0, 19) as i;

-- Without triggers, which have tests of their own and would write 200,000 more rows.
alter table comply.storage_records disable trigger user;

insert into comply.storage_records (
  tenant_id, id, "timestamp", source_data_hash, detector_type, model_version, mapped_data, confidence_score,
  metadata, correlation_id)
select
  format('test-%s', i % 20),
  gen_random_uuid(),
  date_trunc('month', now(), 'UTC') + i * interval '2 seconds',
  md5(i::text) || md5(i::text),
  (array['presidio', 'llama-guard', 'regex-pii', 'detoxify-hatebert'])[1 + i % 4],
  format('test-%s', i / 20 % 50),
  '{"labels": ["PII.Person.Name"]}',
  case when i % 3 > 0 then (i % 997)::float8 / 1000 end,
  jsonb_build_object('request', i),
  case when i % 2 = 0 then format('00000000-0000-4000-8000-%s', lpad(to_hex(i), 12, '0'))::uuid end
from generate_series(1, 200000) as i;

analyze comply.storage_records;

create function pg_temp.plan_as(login text, statement text, options text default 'costs off')
returns text
language plpgsql
as $$
declare
  v_line text;
  v_plan text := '';
begin
  execute format('set local session authorization %I', login);
  perform comply.enter('test-7');

  for v_line in execute format('explain (%s) %s', options, statement) loop
    v_plan := v_plan || v_line || E'\n';
  end loop;

  raise exception '%', v_plan using errcode = 'TEST0';
exception
  when sqlstate 'TEST0' then
    return sqlerrm;
end;
$$;

create temp table question as
select *
from (
  values
    (1, 'the latest records', 'storage_records_pkey', $$
      select id from comply.storage_records order by "timestamp" desc limit 20
    $$),
    (2, 'records of an hour', 'storage_records_pkey', $$
      select id
      from comply.storage_records
      where "timestamp" >= date_trunc('month', now(), 'UTC')
        and "timestamp" < date_trunc('month', now(), 'UTC') + interval '1 hour'
    $$),
    (3, 'a record by its id', 'storage_records_id_idx', $$
      select confidence_score from comply.storage_records where id = '00000000-0000-4000-8000-000000000007'
    $$),
    (4, 'a text by its hash', 'storage_records_source_data_hash_idx', $$
      select id from comply.storage_records where source_data_hash = repeat('a', 64)
    $$),
    (5, 'a model version and time', 'storage_records_model_version_idx', $$
      select id
      from comply.storage_records
      where model_version = 'test-7'
        and "timestamp" >= date_trunc('month', now(), 'UTC')
        and "timestamp" < date_trunc('month', now(), 'UTC') + interval '1 day'
    $$),
    (6, 'a detector''s confident findings', 'storage_records_detector_type_confidence_score_idx', $$
      select id from comply.storage_records where detector_type = 'presidio' and confidence_score >= 0.99
    $$),
    (7, 'a request', 'storage_records_correlation_id_idx', $$
      select id from comply.storage_records where correlation_id = '00000000-0000-4000-8000-000000000006'
    $$)
) as q (position, what, index_name, statement);

-- The partition that has the records, and what the indexes are called there.
select tableoid::regclass as partition from comply.storage_records where tenant_id = 'test-7' limit 1 \gset

create temp table answer as
select
  q.position,
  q.what,
  i.inhrelid::regclass::text as index_name,
  pg_temp.plan_as('comply_app', q.statement) as plan
from question as q
join pg_inherits as i on i.inhparent = format('comply.%I', q.index_name)::regclass
join pg_index as x on x.indexrelid = i.inhrelid and x.indrelid = :'partition'::regclass;

select matches(
  plan, format('(using|on) %s\M', split_part(index_name, '.', 2)),
  format('%s: by its index', what))
from answer
order by position;

select matches(
  plan, format('(using|on) %s.*\n +Index Cond: \(+tenant_id = ', split_part(index_name, '.', 2)),
  format('%s: from the tenant on', what))
from answer
order by position;

select is_empty(
  format($$ select what, plan from answer where plan ~ 'Seq Scan on %s' $$, split_part(:'partition', '.', 2)),
  'none reads the whole partition');

select is_empty(
  $$ select what, plan from answer where plan !~ 'InitPlan' or plan ~ 'current_tenant' $$,
  'the tenant is read once a statement, beside the plan and not in it');

-- What comply.search_records() asks, word for word, as the owner does.
select format(
  'prepare search (text, jsonb, timestamptz, timestamptz, integer) as %s',
  replace(replace(replace(replace(replace(
    substring(p.prosrc from 'return query(.*?);'),
    'v_tenant', '$1'), 'search_records.contains', '$2'), 'search_records.since', '$3'),
    'search_records.before', '$4'), 'search_records.row_limit', '$5')) as search
from pg_proc as p
where p.oid = 'comply.search_records'::regproc \gset

:search;

create function pg_temp.plan_of_search(plan_cache_mode text)
returns text
language plpgsql
as $$
begin
  perform set_config('plan_cache_mode', plan_of_search.plan_cache_mode, true);
  return pg_temp.plan_as(
    'comply_owner', $q$ execute search ('test-7', '{"request": 7}', '-infinity', 'infinity', 100) $q$);
end;
$$;

select matches(
  pg_temp.plan_of_search('force_custom_plan'), 'Bitmap Index Scan on storage_records_\S*metadata_idx',
  'a search for metadata asks the index for them');

select doesnt_match(
  pg_temp.plan_of_search('force_generic_plan'), 'metadata_idx',
  'which one plan for all searches would not');

select is(
  (select p.proconfig @> array['plan_cache_mode=force_custom_plan'] from pg_proc as p
   where p.oid = 'comply.search_records'::regproc),
  true,
  'so each search has its own');

select unalike(
  pg_temp.plan_as(
    'comply_app', $$ select id from comply.storage_records where metadata @> '{"request": 7}' $$),
  '%metadata_idx%',
  'which a service''s own query could not, and that is why there is a function');

set local plan_cache_mode = auto;
set local parallel_setup_cost = 0;
set local parallel_tuple_cost = 0;
set local min_parallel_table_scan_size = 0;
set local min_parallel_index_scan_size = 0;
set local max_parallel_workers_per_gather = 2;
set local enable_bitmapscan = off;
set local enable_indexscan = off;

select matches(
  pg_temp.plan_as('comply_app', 'select count(mapped_data) from comply.storage_records'), 'Gather',
  'parallel plans are still possible');

set local session authorization comply_app;
select comply.enter('test-7');
select is(
  (select count(mapped_data) from comply.storage_records), 10000::bigint,
  'and the workers know the tenant');
reset session authorization;

savepoint without_defence;
alter function comply.current_tenant() parallel unsafe;

select doesnt_match(
  pg_temp.plan_as('comply_app', 'select count(mapped_data) from comply.storage_records'), 'Gather',
  'if comply.current_tenant() did not say that it is parallel safe, they would not be');

rollback to without_defence;
alter policy storage_records_tenant_writes on comply.storage_records
  using (tenant_id = comply.current_tenant());

select alike(
  pg_temp.plan_as('comply_app', 'select id from comply.storage_records'), '%current_tenant%',
  'and if policies did not ask in a sub-select, they would ask for each row');

select * from finish();
rollback;
