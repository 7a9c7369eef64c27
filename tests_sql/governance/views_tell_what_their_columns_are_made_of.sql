begin;
set local search_path = tap, pg_catalog;
select plan(20);

create view public.test_plain as select r.tenant_id, r.subject_id as who from comply.storage_records as r;
create view public.test_worked as
  select upper(r.who) || 'x' as loud, length(r.tenant_id) as size, 1 as one from public.test_plain as r;
create view public.test_grouped as
  select r.tenant_id, lower(r.detector_type) as detector, count(*) as n, avg(r.confidence_score) as mean
  from comply.storage_records as r
  group by r.tenant_id, lower(r.detector_type);
create view public.test_union as
  select r.blob_path as what from comply.storage_records as r
  union all
  select x.error_message from comply.detector_executions as x;
create view public.test_with as
  with failed as (
    select x.tenant_id as tenant, x.error_message as message from comply.detector_executions as x where not x.success
  )
  select f.tenant, coalesce(f.message, '{ none }') as message,
         (select sum(m.metric_value) from comply.model_metrics as m where m.tenant_id = f.tenant) as worst
  from failed as f;
create view public.test_using as
  select tenant_id, c.display_name from comply.storage_records full join comply.tenant_configs as c using (tenant_id);
create view public.test_recursive as
  with recursive up as (
    select r.id, 1 as n from comply.storage_records as r
    union all
    select u.id, u.n + 1 from up as u where u.n < 2
  )
  select u.id from up as u;
create view public.test_swapped as
  with recursive up as (
    select r.tenant_id as a, r.subject_id as b, 1 as n from comply.storage_records as r
    union all
    select u.b, u.a, u.n + 1 from up as u where u.n < 2
  )
  select u.a from up as u;
create view public.test_lateral as
  select l.path, (select lower(r.subject_id)) as who, e.value as said, v.line as model
  from comply.storage_records as r
  cross join lateral (select r.blob_path as path offset 0) as l
  cross join lateral jsonb_each_text(r.mapped_data) as e
  cross join lateral (values (r.model_version)) as v (line);
create view public.test_inner_union as
  with named as (
    select c.display_name as name from comply.tenant_configs as c
    union
    select m.metric_name from comply.model_metrics as m
  )
  select n.name, r.blob_path as path from named as n cross join comply.storage_records as r;
create view public.test_whole as
  select to_jsonb(s) as all_of_it, to_jsonb(c) -> 'tenant_id' as one_of_it
  from (select r.subject_id as who from comply.storage_records as r) as s
  cross join (select x.tenant_id from comply.detector_executions as x) as c;
create view public.test_picked as
  select
    max(r.subject_id) as last, array_agg(r.blob_path) as paths, count(r.metadata) as n,
    stddev_pop(r.confidence_score) as spread, r.model_version || count(*) as line
  from comply.storage_records as r
  group by r.model_version;
create materialized view public.test_kept as select m.metric_name from comply.model_metrics as m;

create function pg_temp.made_of(relation regclass)
returns setof text
language sql
as $$
  select format('%s <- %s.%s %s', l.view_column, l.table_name, l.column_name, l.kind)
  from comply.column_lineage(relation) as l
$$;

select set_eq($$ select pg_temp.made_of('public.test_plain') $$,
  $$ values ('tenant_id <- storage_records.tenant_id identity'), ('who <- storage_records.subject_id identity') $$,
  'a column that is handed on');
select set_eq($$ select pg_temp.made_of('public.test_worked') $$,
  $$
    values ('loud <- storage_records.subject_id transformation'), ('size <- storage_records.tenant_id transformation')
  $$,
  'an expression, through another view; a constant is made of nothing');
select set_eq($$ select pg_temp.made_of('public.test_grouped') $$,
  $$
    values
      ('tenant_id <- storage_records.tenant_id identity'),
      ('detector <- storage_records.detector_type transformation'),
      ('mean <- storage_records.confidence_score aggregation')
  $$,
  'groups, and what is aggregated');
select set_eq($$ select pg_temp.made_of('public.test_union') $$,
  $$
    values ('what <- storage_records.blob_path identity'), ('what <- detector_executions.error_message identity')
  $$,
  'both sides of a union');
select set_eq($$ select pg_temp.made_of('public.test_with') $$,
  $$
    values
      ('tenant <- detector_executions.tenant_id identity'),
      ('message <- detector_executions.error_message transformation'),
      ('worst <- model_metrics.metric_value aggregation')
  $$,
  'WITH queries, queries inside, and braces in a constant');
select set_eq($$ select pg_temp.made_of('public.test_using') $$,
  $$
    values
      ('tenant_id <- storage_records.tenant_id transformation'),
      ('tenant_id <- tenant_configs.tenant_id transformation'),
      ('display_name <- tenant_configs.display_name identity')
  $$,
  'a column that a join merges');
select set_eq($$ select pg_temp.made_of('public.test_recursive') $$,
  $$ values ('id <- storage_records.id identity') $$,
  'a recursion ends');
select set_eq($$ select pg_temp.made_of('public.test_swapped') $$,
  $$
    values ('a <- storage_records.tenant_id identity'), ('a <- storage_records.subject_id identity')
  $$,
  'after it has told what a round makes of the one before');
select set_eq($$ select pg_temp.made_of('public.test_lateral') $$,
  $$
    values
      ('path <- storage_records.blob_path identity'),
      ('who <- storage_records.subject_id transformation'),
      ('said <- storage_records.mapped_data transformation'),
      ('model <- storage_records.model_version transformation')
  $$,
  'what a query inside, a function or a list of values takes from the one around it');
select set_eq($$ select pg_temp.made_of('public.test_inner_union') $$,
  $$
    values
      ('name <- tenant_configs.display_name identity'),
      ('name <- model_metrics.metric_name identity'),
      ('path <- storage_records.blob_path identity')
  $$,
  'a union inside is no union of the whole');
select set_eq($$ select pg_temp.made_of('public.test_whole') $$,
  $$
    values
      ('all_of_it <- storage_records.subject_id transformation'),
      ('one_of_it <- detector_executions.tenant_id transformation')
  $$,
  'a row as a whole');
select set_eq($$ select pg_temp.made_of('public.test_picked') $$,
  $$
    values
      ('last <- storage_records.subject_id transformation'),
      ('paths <- storage_records.blob_path transformation'),
      ('n <- storage_records.metadata aggregation'),
      ('spread <- storage_records.confidence_score aggregation'),
      ('line <- storage_records.model_version transformation')
  $$,
  'what picks or collects values is no aggregation, nor is what stands beside one');
select set_eq($$ select pg_temp.made_of('public.test_kept') $$,
  $$ values ('metric_name <- model_metrics.metric_name identity') $$,
  'a materialised view');

select set_eq(
  $$ select node, source from comply.lineage_of_entity('column:public.test_worked.loud') where direction = 'back' $$,
  $$ values ('column:public.test_worked.loud', 'column:comply.storage_records.subject_id') $$,
  'the lineage of a column goes back to tables');
select ok(
  'column:public.test_worked.loud' in (
    select e.node
    from comply.lineage_of_entity('column:comply.storage_records.subject_id') as e
    where e.direction = 'on'),
  'and on to views');

grant select on public.test_worked to comply_analyst;
select set_eq(
  $$ select grantee, relation, column_name, made_of from comply.exposed_columns() $$,
  $$ values ('comply_analyst', 'public.test_worked', 'loud', 'comply.storage_records.subject_id') $$,
  'an analyst who reads a view of it is seen, in whatever schema that is');

grant select on public.test_grouped to public;
select is((select count(*) from comply.exposed_columns()), 1::bigint, 'what only counts is no leak');

grant select on public.test_lateral, public.test_picked, public.test_whole to comply_analyst;
select set_eq(
  $$ select e.column_name from comply.exposed_columns() as e where e.relation = 'public.test_lateral' $$,
  $$ values ('path'), ('who'), ('said') $$,
  'what is taken from around is');
select set_eq(
  $$ select e.column_name from comply.exposed_columns() as e where e.relation = 'public.test_whole' $$,
  $$ values ('all_of_it') $$,
  'and so is a row');
select set_eq(
  $$ select e.column_name from comply.exposed_columns() as e where e.relation = 'public.test_picked' $$,
  $$ values ('last'), ('paths') $$,
  'and what is picked or collected');

select * from finish();
rollback;
