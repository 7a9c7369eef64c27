-- Statement by statement, as the reader of a verbose tenant: how many rows each leaves in the access log.
begin;
set local search_path = tap, pg_catalog;
select plan(36);
\ir ../two_tenants.psql

update comply.tenant_configs set audit_level = 'verbose' where tenant_id = 'test-acme';

create function pg_temp.logged()
returns bigint
language sql
security definer
as $$ select count(*) from comply.access_log where transaction_id = pg_current_xact_id() $$;
grant execute on function pg_temp.logged() to public;

-- What a statement leaves; the log, the context and the login stay as they are.
create function pg_temp.left_by(statement text, login text default 'test_service', tenant text default 'test-acme')
returns bigint
language plpgsql
as $$
declare
  v_before bigint := pg_temp.logged();
begin
  execute format('set local session authorization %I', login);

  if tenant is not null then
    perform comply.enter(tenant, 'ana', '00000000-0000-4000-8000-0000000000ca');
  end if;

  execute statement;
  raise exception '%', pg_temp.logged() - v_before using errcode = 'TEST0';
exception
  when sqlstate 'TEST0' then
    return sqlerrm::bigint;
end;
$$;

create temp table insertion as
select $q$
  insert into comply.storage_records (tenant_id, source_data_hash, detector_type, model_version, mapped_data)
  values ('test-acme', repeat('c', 64), 'presidio', 'test-1', '{"labels": ["PII.Other"]}'),
         ('test-acme', repeat('d', 64), 'presidio', 'test-1', '{"labels": ["PII.Other"]}')
$q$ as statement;

select is(pg_temp.left_by(q.statement), q.rows::bigint, format('%s: %s', q.what, q.rows))
from (
  values
    (1, 'select', 1, 'select * from comply.storage_records'),
    (2, 'select of no row that there is', 1,
     $$ select from comply.storage_records where source_data_hash = repeat('f', 64) $$),
    (3, 'count', 1, 'select count(*) from comply.storage_records'),
    (4, 'exists', 1, 'select exists (select from comply.storage_records)'),
    (5, 'correlated sub-select', 1,
     'select (select r.id from comply.storage_records as r where r.model_version = g.i::text limit 1)
      from generate_series(1, 5) as g (i)'),
    (6, 'with', 1, 'with r as materialized (select * from comply.storage_records) select * from r, r as s'),
    (7, 'union of two, one each', 2,
     'select id from comply.storage_records union all select id from comply.storage_records'),
    (8, 'self join, one a reference', 2,
     'select from comply.storage_records as a join comply.storage_records as b using (tenant_id, id)'),
    (9, 'join of two tables, one each', 2,
     'select from comply.storage_records as a join comply.detector_executions as b using (tenant_id)'),
    (10, 'insert ... returning of two rows', 1, (select statement from insertion) || ' returning id'),
    (11, 'insert that returns nothing', 0, (select statement from insertion)),
    (12, 'update with a where on columns', 2, $$ update comply.storage_records set blob_path = 'b' where id is not null $$),
    (13, 'update that looks at no column', 0, $$ update comply.storage_records set blob_path = 'b' $$),
    (14, 'delete with a where on columns', 1, $$ delete from comply.storage_records where id is not null $$),
    (15, 'select for update', 1, 'select id from comply.storage_records for update'),
    (16, 'where false', 0, 'select from comply.storage_records where false'),
    (17, 'limit 0', 0, 'select from comply.storage_records limit 0'),
    (18, 'explain', 0, 'explain select from comply.storage_records'),
    (19, 'explain analyze', 1, 'explain analyze select from comply.storage_records'),
    (20, 'a function with two statements', 2,
     $$ do $do$ begin perform from comply.storage_records; perform from comply.model_metrics; end $do$ $$),
    (21, 'a loop that reads three times', 3,
     $$ do $do$ begin for i in 1..3 loop perform from comply.storage_records; end loop; end $do$ $$),
    (22, 'create table as', 1, 'create temp table kept as select * from comply.storage_records'),
    (23, 'the tenant''s own settings', 1, 'select * from comply.tenant_configs'),
    (24, 'the audit trail', 1, 'select * from comply.audit_trail'),
    (25, 'the access log', 1, 'select * from comply.access_log'),
    (26, 'a definer function: a search', 1, $$ select * from comply.search_records('{}') $$),
    (27, 'a definer function: which texts are known', 1,
     $$ select * from comply.recorded_hashes(array[repeat('a', 64)], 'presidio', 'test-1') $$),
    (28, 'an invoker function: a history', 1,
     $$ select * from comply.record_history('storage_records', '00000000-0000-7000-8000-00000000000a') $$),
    (29, 'a table without tenants', 0, 'select * from comply.taxonomy_labels'),
    (30, 'a declared cursor that is never fetched', 0,
     'declare never no scroll cursor for select * from comply.storage_records')
) as q (position, what, rows, statement)
order by q.position;

-- What a function cannot execute.

set local session authorization test_service;
select comply.enter('test-acme', 'ana');
select pg_temp.logged() as before \gset
copy (select id from comply.storage_records) to stdout \g /dev/null
select is(pg_temp.logged() - :before, 1::bigint, 'copy: 1');

select pg_temp.logged() as before \gset
declare twice cursor for select id from comply.storage_records;
fetch 1 from twice \g /dev/null
fetch 1 from twice \g /dev/null
select is(pg_temp.logged() - :before, 1::bigint, 'cursor fetched twice: 1');

select pg_temp.logged() as before \gset
prepare again (text) as select id from comply.storage_records where source_data_hash = $1;
set local plan_cache_mode = force_generic_plan;
execute again (repeat('a', 64)) \g /dev/null
execute again (repeat('b', 64)) \g /dev/null
execute again (repeat('c', 64)) \g /dev/null
select is(pg_temp.logged() - :before, 3::bigint, 'a prepared statement, run three times by its generic plan: 3');
reset session authorization;

select is(
  pg_temp.left_by('select * from comply.storage_records', tenant => 'test-globex'), 0::bigint,
  'a tenant that is not verbose: 0');

select is(
  pg_temp.left_by('select * from comply.storage_records', 'comply_reader'), 1::bigint,
  'a reader as an application');

drop policy storage_records_tenant_reads_noted on comply.storage_records;

select is(
  pg_temp.left_by('select * from comply.storage_records'), 0::bigint,
  'and it is the policy that does it');

select * from finish();
rollback;
