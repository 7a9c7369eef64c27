-- A duplicate key error says that a row exists, whoever's it is: a key without the tenant answers questions
-- about every tenant.
begin;
set local search_path = tap, pg_catalog;
select plan(6);
\ir ../two_tenants.psql

-- The same key as a foreign row's, and one that is nobody's.
create function pg_temp.probe(id uuid, suffix text default '')
returns text
language sql
as $$
  select pg_temp.attempt('test_service', 'test-acme', format($q$
    insert into comply.storage_records (
      tenant_id, id, "timestamp", source_data_hash, detector_type, model_version, mapped_data)
    values ('test-acme', %L, now(), repeat('b', 64), 'presidio', 'test-1', '{"labels": ["OTHER.Safe"]}') %s
  $q$, probe.id, probe.suffix))
$$;

select is(pg_temp.probe('00000000-0000-7000-8000-00000000000a'), '23505', 'a key of its own is taken');
select is(pg_temp.probe('00000000-0000-7000-8000-00000000000b'), '1', 'one that another tenant has is free');
select is(pg_temp.probe('00000000-0000-7000-8000-00000000000c'), '1', 'as is one that nobody has');

select is_empty(
  $$
    select i.indexrelid::regclass
    from pg_index as i
    join pg_class as c on c.oid = i.indrelid
    join pg_attribute as a on a.attrelid = c.oid and a.attname = 'tenant_id'
    where c.relnamespace = 'comply'::regnamespace
      and i.indisunique
      and i.indkey[0] <> a.attnum
  $$,
  'every unique index of a tenant table begins with the tenant');

select tableoid::regclass as partition from comply.storage_records where tenant_id = 'test-globex' \gset
create unique index on :partition (id, "timestamp");

select is(
  pg_temp.probe('00000000-0000-7000-8000-00000000000b'), '23505',
  'a key without the tenant would have told that the row is there');

select is(
  pg_temp.probe('00000000-0000-7000-8000-00000000000b', 'on conflict do nothing'), '0',
  'and so would one that is asked without an error');

select * from finish();
rollback;
