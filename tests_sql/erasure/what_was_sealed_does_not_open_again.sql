-- A copy of the envelope outlives the row, in a backup or an archive. It is worth nothing once its key is gone.
begin;
set local search_path = tap, pg_catalog;
set local client_min_messages = warning;
select plan(14);
\ir ../two_tenants.psql

create schema test_crypto;
grant usage on schema test_crypto to comply_owner;
create extension if not exists pgcrypto schema test_crypto;
select comply_private.pgcrypto_schema() as crypto \gset

alter table comply.storage_records add column name_bidx bytea;
insert into comply.blind_indexes (table_name, column_name, source_column)
values ('storage_records', 'name_bidx', 'confidential');

create temp table key as
select k.name, k.key_id::uuid, decode(repeat(k.byte, 32), 'hex') as key
from (
  values
    ('tenant', '00000000-0000-4000-8000-0000000000f1', '11'),
    ('subject', '00000000-0000-4000-8000-0000000000f2', '22'),
    ('index', '00000000-0000-4000-8000-0000000000f3', '33')
) as k (name, key_id, byte);

insert into comply_private.data_keys (
  tenant_id, key_id, purpose, subject_digest, table_name, column_name, version, wrapped, alg, kek_kid, wrapped_by,
  check_value)
select
  'test-acme',
  k.key_id,
  case k.name when 'index' then 'bidx' else 'enc' end,
  case k.name when 'subject' then comply_private.subject_digest('test-acme', 'p-1') end,
  case k.name when 'index' then 'storage_records' end,
  case k.name when 'index' then 'name_bidx' end,
  1,
  decode(repeat('44', 98), 'hex'),
  case k.name when 'subject' then 'envelope-1' else 'A256KW' end,
  case k.name when 'subject' then null else 'file:test' end,
  case k.name when 'subject' then '00000000-0000-4000-8000-0000000000f1'::uuid end,
  substr(:crypto.hmac('comply-db check', k.key, 'sha256'), 1, 8)
from key as k;

create function pg_temp.open(variadic names text[])
returns boolean
language sql
as $$
  select comply.open_keys(array_agg(k.key_id order by k.name), array_agg(k.key order by k.name), 'test-acme')
  from key as k
  where k.name = any (open.names)
$$;

select ok(pg_temp.open('tenant', 'subject', 'index'), 'the keys open');

insert into comply.storage_records (
  tenant_id, id, source_data_hash, detector_type, model_version, mapped_data, subject_id, confidential, name_bidx)
select
  'test-acme', ('00000000-0000-7000-8000-00000000004' || r.n)::uuid, repeat(r.n::text, 64), 'presidio', 'test-1',
  '{"labels": ["PII.Person.Name"]}', r.subject,
  comply.seal_field(
    r.value, 'storage_records', 'confidential', ('00000000-0000-7000-8000-00000000004' || r.n)::uuid, r.key_of),
  comply.blind_index(r.value, 'storage_records', 'name_bidx')
from (values (1, 'p-1', 'Ann', 'p-1'), (2, 'p-2', 'Ben', null)) as r (n, subject, value, key_of);

create temp table backup as
select r.id, r.confidential from comply.storage_records as r where r.subject_id is not null;

create function pg_temp.opened(n integer)
returns text
language sql
as $$
  select comply.open_field(b.confidential, 'storage_records', 'confidential', b.id)
  from backup as b
  where b.id = ('00000000-0000-7000-8000-00000000004' || opened.n)::uuid
$$;

create function pg_temp.found(value text)
returns bigint
language sql
as $$
  select count(*)
  from comply.storage_records as r
  where r.name_bidx = comply.blind_index(found.value, 'storage_records', 'name_bidx')
$$;

select is(pg_temp.opened(1), 'Ann', 'a field opens');
select is(pg_temp.found('ann'), 1::bigint, 'and is found');
select is(
  comply.subject_export('test-acme', 'p-1') -> 'tables' -> 'storage_records' -> 0 ->> 'confidential', 'Ann',
  'an export has it in clear, for whoever has its keys open');
select is((comply.subject_export('test-acme', 'p-1') ->> 'fields_opened')::integer, 1, 'and counts it');

select is(
  (comply.erase_subject('test-acme', 'p-1', 'a request')).key_ids, '{00000000-0000-4000-8000-0000000000f2}',
  'an erasure shreds the key of the subject');

select throws_ok($$ select pg_temp.open('tenant', 'subject') $$, 'PC321', null, 'which then opens no more');
select ok(pg_temp.open('tenant', 'index'), 'others do');
select throws_ok($$ select pg_temp.opened(1) $$, 'PC324', null, 'a copy of the field does not open');
select is(pg_temp.found('Ann'), 0::bigint, 'and the blind index does not find it');
select is(pg_temp.opened(2), 'Ben', 'what was sealed for others opens as before');

select cardinality((comply.erase_tenant('test-acme', 'contract over')).key_ids) as shredded \gset
select is(:shredded, 2, 'an erasure of the tenant shreds what is left, blind index included');
select throws_ok($$ select pg_temp.open('tenant') $$, 'PC321', null, 'so that nothing opens');
select throws_ok($$ select pg_temp.open('index') $$, 'PC321', null, 'and nothing is found');

select * from finish();
rollback;
