-- A condition of the caller that is evaluated before the policy is shown every row: a cheap function that
-- keeps what it is given is enough.
begin;
set local search_path = tap, pg_catalog;
select plan(7);
\ir ../two_tenants.psql

-- Counts in a sequence, because nothing that an error undoes would tell.
create sequence pg_temp.leaks;
grant all on sequence pg_temp.leaks to public;

create function pg_temp.leak(value text)
returns boolean
language plpgsql
volatile
cost 0.0000001
as $$
begin
  if leak.value ~ 'globex' then
    perform nextval('pg_temp.leaks');
  end if;

  return true;
end;
$$;

create function pg_temp.leaked_by(statement text)
returns boolean
language plpgsql
as $$
begin
  perform setval('pg_temp.leaks', 1, false);
  perform pg_temp.attempt('test_service', 'test-acme', leaked_by.statement);
  return (select l.is_called from pg_temp.leaks as l);
end;
$$;

create temp table leaky as
select *
from (
  values
    (1, 'a condition', $$ select from comply.storage_records where pg_temp.leak(tenant_id) $$),
    (2, 'a join', $$
      select
      from comply.storage_records as r
      join comply.tenant_configs as c on pg_temp.leak(r.tenant_id) and pg_temp.leak(c.tenant_id)
    $$),
    (3, 'a change', $$ update comply.storage_records set blob_path = 'x' where pg_temp.leak(tenant_id) $$),
    (4, 'an aggregate', $$
      select count(*) filter (where pg_temp.leak(tenant_id)) from comply.storage_records
    $$),
    (5, 'a look into the trail', $$ select from comply.audit_trail where pg_temp.leak(new_values::text) $$)
) as l (position, what, statement);

select is(pg_temp.leaked_by(statement), false, format('%s sees no foreign row', what))
from leaky
order by position;

select is(
  pg_temp.attempt('test_service', 'test-acme', $$ alter function pg_temp.leak(text) leakproof $$), '42501',
  'a service declares no function leakproof, neither this one');

alter table comply.storage_records disable row level security;

select is(
  pg_temp.leaked_by($$ select from comply.storage_records where pg_temp.leak(tenant_id) $$), true,
  'without policies it would have kept the foreign row');

select * from finish();
rollback;
