-- The planner's statistics hold the most common values of every column, of all tenants together.
begin;
set local search_path = tap, pg_catalog;
select plan(12);
\ir ../two_tenants.psql

-- Enough rows for a most common value, which a single one is not.
insert into comply.model_metrics (tenant_id, model_version, metric_name, metric_value)
select 'test-globex', 'test-' || i % 3, 'precision', 0.5
from generate_series(1, 200) as i;

create statistics comply.test_statistics (mcv) on tenant_id, model_version from comply.model_metrics;
analyze comply.model_metrics;

select tableoid::regclass as partition from comply.model_metrics where tenant_id = 'test-globex' limit 1 \gset

select is(
  (select count(*) > 0 from pg_stats where schemaname = 'comply' and most_common_vals::text ~ 'test-globex'),
  true,
  'a superuser reads the other tenant''s name there');

select is(
  pg_temp.attempt('test_service', 'test-acme', $$ select from pg_stats where schemaname = 'comply' $$), '0',
  'a service reads no statistics of our tables in pg_stats');

select is(
  pg_temp.attempt('test_service', 'test-acme', $$ select from pg_stats_ext where schemaname = 'comply' $$),
  '0',
  'none in pg_stats_ext');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ select from pg_stats_ext_exprs where schemaname = 'comply' $$),
  '0',
  'none in pg_stats_ext_exprs');

select is(
  pg_temp.attempt('test_service', 'test-acme', 'select stavalues1 from pg_statistic'), '42501',
  'nor what is beneath');

select is(
  pg_temp.attempt('test_service', 'test-acme', 'select stxdmcv from pg_statistic_ext_data'), '42501',
  'the views');

select is(
  pg_temp.attempt(
    r, null,
    $$ select from pg_stats where schemaname = 'comply' and tablename <> 'detectors' $$),
  '0',
  format('nor does %s, for whom policies hold as well', r))
from unnest(array['comply_admin', 'comply_operator']) as r;

-- What is there for everybody to see, whatever we do: how many rows and pages all tenants have together.
select is(
  pg_temp.attempt('test_service', 'test-acme', format($$
    select from pg_class where oid = %L::regclass and reltuples >= 200
  $$, :'partition')),
  '1',
  'the number of rows of all tenants together is no secret in PostgreSQL');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    format($$ select pg_relation_size(%L::regclass) $$, :'partition')),
  '1',
  'nor is their size');

alter table comply.model_metrics disable row level security;

select is(
  pg_temp.attempt('test_service', 'test-acme', $$
    select from pg_stats where tablename = 'model_metrics' and most_common_vals::text ~ 'test-globex'
  $$),
  '1',
  'without row level security the other tenant''s name would have stood in pg_stats');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ select from pg_stats_ext where most_common_vals::text ~ 'globex' $$),
  '0',
  'in pg_stats_ext only for the owner of the table');

select * from finish();
rollback;
