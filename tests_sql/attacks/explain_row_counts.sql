-- EXPLAIN tells how many rows the planner expects, and with ANALYZE how many it threw away. This test says
-- what can be learned so, because PostgreSQL gives no means against it: numbers, and never values.
begin;
set local search_path = tap, pg_catalog;
select plan(8);
\ir ../two_tenants.psql

insert into comply.model_metrics (tenant_id, model_version, metric_name, metric_value)
select t.tenant_id, 'test-' || i, 'precision', 0.5
from generate_series(1, 500) as i
cross join unnest(array['test-acme', 'test-globex']) as t (tenant_id);
analyze comply.model_metrics, comply.audit_trail;

-- The lines of a plan that match, as the service is shown them.
create function pg_temp.plan(options text, statement text, pattern text default '')
returns text
language plpgsql
as $$
declare
  v_line  text;
  v_lines text := '';
begin
  set local session authorization test_service;
  perform comply.enter('test-acme');

  for v_line in execute format('explain (%s) %s', options, statement) loop
    if v_line ~ pattern then
      v_lines := v_lines || v_line || E'\n';
    end if;
  end loop;

  raise exception '%', v_lines using errcode = 'TEST0';
exception
  when sqlstate 'TEST0' then
    return sqlerrm;
end;
$$;

select unalike(
  pg_temp.plan('analyze, verbose, costs off, timing off, summary off',
               $$ select * from comply.storage_records where metadata @> '{"project": "globex reactor"}' $$),
  '%0000000b%',
  'no plan shows a value of a foreign row');

select matches(
  pg_temp.plan('analyze, costs off, timing off, summary off', 'select from comply.storage_records'),
  'actual rows=1(\.00)? ',
  'rows are counted after the policy, so a scan returns its own');

-- Where a foreign row is thrown away on the way, its number shows: it is of all tenants together.
set local enable_indexscan = off;
set local enable_bitmapscan = off;
set local enable_indexonlyscan = off;

select matches(
  pg_temp.plan('analyze, costs off, timing off, summary off', 'select from comply.model_metrics'),
  'Rows Removed by Filter: [1-9]',
  'a service that reads a whole table learns how many rows of others it passed');

-- The caller's condition comes after the policy, so that number does not depend on it.
select is(
  pg_temp.plan('analyze, costs off, timing off, summary off',
               $$ select from comply.storage_records where source_data_hash = repeat('b', 64) $$, 'Removed'),
  pg_temp.plan('analyze, costs off, timing off, summary off',
               $$ select from comply.storage_records where source_data_hash = repeat('c', 64) $$, 'Removed'),
  'it is the same for a hash that another tenant has and for one that nobody has');

reset enable_indexscan;
reset enable_bitmapscan;
reset enable_indexonlyscan;
set local enable_seqscan = off;

select is(
  pg_temp.plan('analyze, buffers off, costs off, timing off, summary off',
               $$ select from comply.storage_records where source_data_hash = repeat('b', 64) $$, 'Removed'),
  pg_temp.plan('analyze, buffers off, costs off, timing off, summary off',
               $$ select from comply.storage_records where source_data_hash = repeat('c', 64) $$, 'Removed'),
  'through an index as well, for it begins with the tenant');

-- The trail's indexes on record_id and correlation_id do not: an auditor asks across tenants. Who knows the
-- uuid of another's row or request can learn here that it was changed, and how often.
select is(
  pg_temp.plan('analyze, buffers off, costs off, timing off, summary off', $$
    select from comply.audit_trail where record_id = '00000000-0000-7000-8000-00000000000b'
  $$, 'Removed') ~ 'Removed by Filter: 1',
  true,
  'whoever knows a foreign record''s id can learn from EXPLAIN ANALYZE that the trail has it, and no more');

select matches(
  pg_temp.plan('costs on', $$ select from comply.model_metrics where tenant_id = 'test-globex' $$),
  'rows=\d+',
  'what the planner expects comes from all tenants'' statistics');

alter table comply.storage_records disable row level security;

select matches(
  pg_temp.plan('analyze, costs off, timing off, summary off',
               $$ select from comply.storage_records where source_data_hash = repeat('b', 64) $$),
  'actual rows=1(\.00)? ',
  'without policies the hash would have been found');

select * from finish();
rollback;
