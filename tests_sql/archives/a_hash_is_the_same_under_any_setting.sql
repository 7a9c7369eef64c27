-- What is archived is compared with what is destroyed years later, by sessions that know nothing of each other.
begin;
set local search_path = tap, pg_catalog;
select plan(14);
\ir ../two_tenants.psql

insert into comply.storage_records (
  tenant_id, id, "timestamp", source_data_hash, detector_type, model_version, mapped_data, confidence_score, metadata,
  confidential, created_at, updated_at)
values
  ('test-acme', '00000000-0000-7000-8000-000000000001', date_trunc('month', now()) + interval '1.5 s', repeat('c', 64),
   'presidio', 'test-1', '{"labels": ["PII.Person.Name"], "score": 0.10}', 1.0 / 3, '{"text": "ü\n\"", "n": 1.50}',
   ('\x0101' || repeat('ab', 16) || repeat('00', 64))::bytea, now(), now()),
  ('test-acme', '00000000-0000-7000-8000-000000000002', date_trunc('month', now()), repeat('d', 64),
   'presidio', 'test-1', '{"labels": ["PII.Person.Name"]}', null, '{}', null, now(), now());

create function pg_temp.content(relation text, columns text[] default null)
returns text
language sql
as $$
  select format('%s %s %s %s', c.row_count, encode(c.content_hash, 'hex'), c.first_key, c.last_key)
  from comply_private.content_of(
    relation::regclass, 'test-acme', date_trunc('month', now()), date_trunc('month', now()) + interval '1 month',
    columns) as c
$$;

create temp table before as select pg_temp.content('comply.storage_records') as content;

set local timezone = 'Asia/Kathmandu';
set local datestyle = 'SQL, DMY';
set local extra_float_digits = -5;
set local bytea_output = escape;
set local intervalstyle = sql_standard;
select is(pg_temp.content('comply.storage_records'), (select content from before),
  'neither zone nor dates, floats, bytes or intervals of the session change it');

set local enable_indexscan = off;
set local enable_bitmapscan = off;
set local enable_seqscan = on;
set local max_parallel_workers_per_gather = 0;
select is(pg_temp.content('comply.storage_records'), (select content from before), 'nor does the plan');
set local enable_indexscan = on;

set local session authorization test_service;
select throws_ok(
  $$ select comply_private.content_of('comply.storage_records', 'test-acme', now(), now()) $$, '42501', null,
  'nobody but the owner may ask');
reset session authorization;

-- As docs/archive.md has it, put together anew.
set local timezone = 'UTC';
set local datestyle = 'ISO, YMD';
set local extra_float_digits = 1;
set local bytea_output = hex;
select is(
  (
    select encode(sha256(sha256(string_agg(sha256(convert_to(row(
               r.azure_region, r.backup_status, r.blob_path, r.confidence_score, r.confidential, r.correlation_id,
               r.created_at, r.detector_type, r.encrypted, r.id, r.mapped_data, r.metadata, r.model_version,
               r.source_data_hash, r.subject_id, r.taxonomy_version, r.tenant_id, r."timestamp", r.updated_at
             )::text, 'UTF8')), ''
             order by r."timestamp", r.id))), 'hex')
    from comply.storage_records as r
    where r.tenant_id = 'test-acme'
  ),
  split_part((select content from before), ' ', 2),
  'it is what the documentation says');

select is(
  (
    select c.row_count || encode(c.content_hash, 'hex') || coalesce(c.first_key::text, '-')
    from comply_private.content_of(
      'comply.storage_records', 'test-nobody', date_trunc('month', now()), now() + interval '1 day') as c
  ),
  '0' || encode(sha256(''), 'hex') || '-',
  'of no rows it is the hash of nothing');

select is(
  pg_temp.content('comply.storage_records', '{tenant_id,id,timestamp,metadata}'),
  pg_temp.content('comply.storage_records', '{metadata,timestamp,id,tenant_id}'),
  'the order in which columns are named is none of its business');

select isnt(
  pg_temp.content('comply.storage_records', '{tenant_id,id,timestamp,metadata}'), (select content from before),
  'which columns are, is');

create temp table copied as
select r.*, 'new' as note
from comply.storage_records as r
where r.tenant_id = 'test-acme'
order by r.id desc;
select is(
  pg_temp.content('pg_temp.copied', comply_private.archived_columns('comply.storage_records')),
  (select content from before),
  'a table that has more columns, and rows in another order, has the same of these');

update copied set metadata = '{"text": "ü\n\"", "n": 1.5}' where id = '00000000-0000-7000-8000-000000000001';
select isnt(
  pg_temp.content('pg_temp.copied', comply_private.archived_columns('comply.storage_records')),
  (select content from before),
  'a zero that a number has lost is another row');

update comply.storage_records set metadata = '{}' where tenant_id = 'test-globex';
select is(pg_temp.content('comply.storage_records'), (select content from before), 'rows of others do not count');

update comply.storage_records set confidence_score = 0.25 where id = '00000000-0000-7000-8000-000000000001';
select isnt(pg_temp.content('comply.storage_records'), (select content from before), 'its own do');

-- More than one chunk.
create temp table many (tenant_id text, id uuid, "timestamp" timestamptz, n integer);
insert into many
select 'test-acme', ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, date_trunc('month', now()), n
from generate_series(1, 70000) as n
order by n % 7, n;
select is(
  pg_temp.content('pg_temp.many'),
  (
    select format('%s %s {"id": "00000000-0000-7000-8000-000000000001", "timestamp": "%s"} '
                  '{"id": "00000000-0000-7000-8000-000000011170", "timestamp": "%3$s"}',
                  sum(d.rows), encode(sha256(string_agg(d.digest, '' order by d.chunk)), 'hex'),
                  to_jsonb(date_trunc('month', now())) #>> '{}')
    from (
      select (m.n - 1) / 65536 as chunk, count(*) as rows,
        sha256(string_agg(
          sha256(convert_to(row(m.id, m.n, m.tenant_id, m."timestamp")::text, 'UTF8')), '' order by m.id)) as digest
      from many as m
      group by 1
    ) as d
  ),
  'rows beyond 65,536 are in chunks of their own');

-- Fixed: an archive of today has to be verified by a release of years to come.
create temp table fixed (
  tenant_id text, id uuid, "timestamp" timestamptz, score double precision, note text, raw bytea
);
insert into fixed values
  ('acme', '00000000-0000-7000-8000-000000000001', '2026-01-31 23:59:59.999999Z', 0.1, E'a\nü"', '\x00ff'),
  ('acme', '00000000-0000-7000-8000-000000000002', '2026-01-01 00:00:00Z', 'NaN', null, null);
select is(
  (
    select format('%s %s', c.row_count, encode(c.content_hash, 'hex'))
    from comply_private.content_of('pg_temp.fixed', 'acme', '2026-01-01Z', '2026-02-01Z') as c
  ),
  '2 a73e2fc4f7a466f4a96542e408cf1e861c8eae8776fdaf075a8368ddcb97e5bd',
  'and these two rows have this hash for ever');

select is(
  encode(comply_private.schema_fingerprint('{tenant_id,id}', '{text,uuid}'), 'hex'),
  encode(sha256('[["tenant_id", "text"], ["id", "uuid"]]'), 'hex'),
  'a schema is hashed by the names and types of its columns');

select * from finish();
rollback;
