-- Functions that take the id of a row answer for the tenant in context, or an id is a key to any row.
begin;
set local search_path = tap, pg_catalog;
select plan(11);
\ir ../two_tenants.psql

create temp table question as
select *
from (
  values
    (1, 'record_history', $$ select from comply.record_history('storage_records', %L) $$),
    (2, 'record_as_of', $$
      select from comply.record_as_of('storage_records', %L, clock_timestamp()) as r where r is not null
    $$),
    (3, 'search_records', $$ select from comply.search_records('{}') where id = %L $$),
    (4, 'a record', $$ select from comply.storage_records where id = %L $$)
) as q (position, what, statement);

create function pg_temp.answers(statement text)
returns text
language sql
as $$
  select string_agg(
    pg_temp.attempt('test_service', 'test-acme', format(answers.statement, i.id)), ' ' order by i.position)
  from unnest(array[
    '00000000-0000-7000-8000-00000000000a',
    '00000000-0000-7000-8000-00000000000b',
    '00000000-0000-7000-8000-00000000000c']) with ordinality as i (id, position)
$$;

select is(
  pg_temp.answers(statement), '1 0 0',
  format('%s: an own id is answered, a foreign one as one that nobody has', what))
from question
order by position;

select is(
  pg_temp.attempt('test_service', 'test-acme', $$
    select from comply.record_history('tenant_configs', (
      select record_id
      from comply.audit_trail
      where tenant_id = 'test-globex'
        and table_name = 'tenant_configs'
    ))
  $$),
  '0',
  'nor are another tenant''s settings told of');

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    format($$ select from comply.record_history(%L, gen_random_uuid()) $$, t)),
  'PC201',
  format('and %s is no table with a history', t))
from unnest(array['context_keys', 'comply_private.context_keys', 'audit_trail', 'pg_authid']) as t;

alter table comply.audit_trail disable row level security;

select is(
  pg_temp.answers(statement), '1 1 0',
  format('without policies on the trail, %s would have answered for the other tenant', what))
from question
where position < 3
order by position;

select * from finish();
rollback;
