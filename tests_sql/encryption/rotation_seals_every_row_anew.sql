-- Batch by batch, until a whole pass finds nothing; what is a subject's, or under no key, it leaves alone.
begin;
set local search_path = tap, pg_catalog;
select plan(16);
\ir ../two_tenants.psql
\ir ../keys.psql

select comply.enter('test-acme');
select pg_temp.open('acme', 'acme ana');

insert into comply.storage_records (
  tenant_id, id, source_data_hash, detector_type, model_version, mapped_data, encrypted, confidential)
select
  'test-acme', i.id, repeat('c', 64), 'presidio', 'test-1', '{"labels": ["PII.Person.Name"]}', true,
  comply.seal_field('text ' || i.n, 'storage_records', 'confidential', i.id, case when i.n = 3 then 'ana' end, i.n = 2)
from (select n, ('00000000-0000-7000-8000-00000000010' || n)::uuid as id from generate_series(1, 5) as n) as i;

create temp table before as
select r.id, r.confidential from comply.storage_records as r where r.tenant_id = 'test-acme';

create function pg_temp.step()
returns text
language sql
as $$
  select format('%s %s', b.rows_done, b.is_finished)
  from comply.reseal_batch('test-acme', 'storage_records', 'confidential', 2) as b
$$;

select is(pg_temp.step(), '0 t', 'with one key there is nothing to do');

insert into test_key values ('acme 2', 'test-acme', '00000000-0000-4000-8000-0000000000a9', null, null);
select is(
  comply.add_data_key(
    'test-acme', '00000000-0000-4000-8000-0000000000a9', decode(repeat('00', 72), 'hex'), 'A256KW', 'file:test',
    substr(public.hmac('comply-db check', pg_temp.key('acme 2'), 'sha256'), 1, 8)),
  2, 'a second key is version 2');

select is(pg_temp.open('acme'), false, 'whoever opens the first alone hears of it');
select lives_ok(
  $$ select comply.seal_field('x', 'storage_records', 'confidential', gen_random_uuid()) $$,
  'and can seal until it has the second');

select is(pg_temp.open('acme', 'acme 2'), true, 'both opened, the second is the newest');

select is(
  encode(substr(comply.seal_field('x', 'storage_records', 'confidential', gen_random_uuid()), 3, 16), 'hex')::uuid,
  '00000000-0000-4000-8000-0000000000a9'::uuid, 'which seals');

select is(pg_temp.step(), '2 f', 'a batch seals as many rows as it is told');
select is(pg_temp.step(), '2 f', 'the next goes on from there');
select is(pg_temp.step(), '0 f', 'then the pass is over');
select is(pg_temp.step(), '0 t', 'and another finds nothing left');

select results_eq(
  $$
    select p.is_due, p.rows_done, p.passes
    from comply.reseal_progress('test-acme') as p
    where (p.table_name, p.column_name) = ('storage_records', 'confidential')
  $$,
  $$ values (false, 4::bigint, 2) $$,
  'which the progress tells');

select pg_temp.open('acme 2', 'acme ana');

select results_eq(
  $$
    select comply.open_field(r.confidential, 'storage_records', 'confidential', r.id)
    from comply.storage_records as r
    where r.tenant_id = 'test-acme' and r.confidential is not null
    order by r.id
  $$,
  $$ select 'text ' || n from generate_series(1, 5) as n $$,
  'every row opens, without the first key');

select results_eq(
  $$
    select right(r.id::text, 1)
    from comply.storage_records as r
    join before as b on b.id = r.id
    where b.confidential = r.confidential
    order by 1
  $$,
  $$ values ('3') $$,
  'what is a subject''s was left alone');

select is(
  (select get_byte(r.confidential, 1) from comply.storage_records as r where r.id::text like '%102'), 2,
  'what was padded is padded');

select is(
  (select count(*) from comply.audit_trail as a
   where a.tenant_id = 'test-acme' and a.operation = 'UPDATE' and a.new_values::text like '%text %'),
  0::bigint, 'and the trail has no plaintext');

select throws_ok(
  $$ select comply.reseal_batch('test-acme', 'storage_records', 'metadata') $$, 'PC326', null,
  'a column that is not encrypted is refused');

select * from finish();
rollback;
