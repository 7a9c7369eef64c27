-- An operator is a function as well, and an index condition is evaluated before any filter: one of the
-- caller's own, or one of PostgreSQL's that is not leakproof, must not become an index condition beside the
-- policy.
begin;
set local search_path = tap, pg_catalog;
select plan(6);
\ir ../two_tenants.psql

create sequence pg_temp.leaks;
grant all on sequence pg_temp.leaks to public;
create function pg_temp.leak(a text, b text)
returns boolean
language plpgsql
immutable
cost 0.0000001
as $$
begin
  if a ~ 'globex' then
    perform nextval('pg_temp.leaks');
  end if;

  return a = b;
end;
$$;

create operator pg_temp.=== (leftarg = text, rightarg = text, function = pg_temp.leak, restrict = eqsel);

select is(
  pg_temp.attempt('test_service', 'test-acme', $$
    select from comply.storage_records where tenant_id operator(pg_temp.===) 'test-acme'
  $$),
  '1',
  'a service can use an operator of its own');

select is((select is_called from pg_temp.leaks), false, 'and it is given no foreign row');

-- Whether the plan asks the index for the metadata, with everything else forbidden.
create function pg_temp.index_conditions(login text, statement text)
returns text
language plpgsql
as $$
declare
  v_line  text;
  v_lines text := '';
begin
  set local enable_seqscan = off;
  execute format('set local session authorization %I', login);
  perform comply.enter('test-acme');

  for v_line in execute 'explain (costs off) ' || statement loop
    if v_line ~ 'Index Cond' then
      v_lines := v_lines || v_line;
    end if;
  end loop;

  raise exception '%', v_lines using errcode = 'TEST0';
exception
  when sqlstate 'TEST0' then
    return sqlerrm;
end;
$$;

select unalike(
  pg_temp.index_conditions('test_service', $$
    select from comply.storage_records where metadata @> '{"project": "globex reactor"}'
  $$),
  '%metadata%',
  'containment is not leakproof, so a service''s own query does not reach its index');

select unalike(
  pg_temp.index_conditions('test_service', $$
    select from comply.storage_records where tenant_id like 'test-globex'
  $$),
  '%~~%',
  'nor does a pattern');

select alike(
  pg_temp.index_conditions('test_service', $$
    select from comply.storage_records where model_version = 'test-1'
  $$),
  '%tenant_id = %model_version = %',
  'while what is leakproof is asked together with the tenant');

alter table comply.storage_records disable row level security;

select alike(
  pg_temp.index_conditions('test_service', $$
    select from comply.storage_records where metadata @> '{"project": "globex reactor"}'
  $$),
  '%metadata @>%',
  'without policies containment would have used it');

select * from finish();
rollback;
