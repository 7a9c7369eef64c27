-- Arrays are sealed and opened as their members would be, in their order; whatever is wrong with one is wrong with all.
begin;
set local search_path = tap, pg_catalog;
select plan(20);
\ir ../two_tenants.psql
\ir ../keys.psql

create temp table text_of as
select
  i.n,
  ('00000000-0000-7000-8000-0000000000' || to_char(10 + i.n, 'FM00'))::uuid as id,
  case when i.n % 4 <> 0 then repeat('Łuk ', i.n) end as value,
  case when i.n % 3 = 0 then 'ana' end as subject
from generate_series(1, 12) as i (n);
grant select on text_of to public;

select throws_ok(
  $$ select comply.seal_fields(array['x'], 'storage_records', 'confidential', array[gen_random_uuid()]) $$,
  'PC322', null,
  'nothing is sealed before a key is open');

set local session authorization test_service;
select comply.enter('test-acme');
select pg_temp.open('acme', 'acme ana');

create temp table sealed as
select u.n, u.e
from (
  select comply.seal_fields(array_agg(t.value order by t.n), 'storage_records', 'confidential',
                            array_agg(t.id order by t.n), array_agg(t.subject order by t.n)) as all_of
  from text_of as t
) as a
cross join unnest(a.all_of) with ordinality as u (e, n);

select is((select count(*) from sealed), 12::bigint, 'as many come back as went in');

select results_eq(
  $$ select s.e is null from sealed as s order by s.n $$,
  $$ select t.value is null from text_of as t order by t.n $$,
  'null for null');

select results_eq(
  $$
    select comply.open_field(s.e, 'storage_records', 'confidential', t.id)
    from sealed as s
    join text_of as t on t.n = s.n
    order by s.n
  $$,
  $$ select t.value from text_of as t order by t.n $$,
  'each opens by itself, in its row');

select results_eq(
  $$
    select encode(substr(s.e, 3, 16), 'hex')::uuid
    from sealed as s
    join text_of as t on t.n = s.n
    where s.e is not null
    order by s.n
  $$,
  $$
    select case when t.subject is null then '00000000-0000-4000-8000-0000000000a1'::uuid
                else '00000000-0000-4000-8000-0000000000a2' end
    from text_of as t
    where t.value is not null
    order by t.n
  $$,
  'what is of a subject is under its key, the rest under the tenant''s');

select is(
  (
    select comply.open_fields(array_agg(s.e order by s.n), 'storage_records', 'confidential',
                              array_agg(t.id order by s.n))
    from sealed as s
    join text_of as t on t.n = s.n
  ),
  (select array_agg(t.value order by t.n) from text_of as t),
  'all open together, in their order');

select is(
  (
    select comply.open_fields(
      array_agg(comply.seal_field(t.value, 'storage_records', 'confidential', t.id, t.subject, true) order by t.n),
      'storage_records', 'confidential', array_agg(t.id order by t.n))
    from text_of as t
  ),
  (select array_agg(t.value order by t.n) from text_of as t),
  'as do those that were sealed by themselves, padded');

select is(
  (
    select array_agg(distinct octet_length(u.e))
    from unnest(comply.seal_fields(
      array['', 'x', repeat('x', 31)], 'storage_records', 'confidential',
      array[gen_random_uuid(), gen_random_uuid(), gen_random_uuid()], padded => true)) as u (e)
  ),
  array[114],
  'padded hides the length');

select is(
  comply.open_fields('{}', 'storage_records', 'confidential', '{}'), '{}'::text[], 'nothing opens to nothing');
select is(
  comply.seal_fields('{}', 'storage_records', 'confidential', '{}'), '{}'::bytea[], 'and is sealed to nothing');

select throws_ok(
  $$
    select comply.open_fields(array_agg(s.e order by s.n), 'storage_records', 'confidential',
                              array_agg(t.id order by s.n desc))
    from sealed as s
    join text_of as t on t.n = s.n
  $$,
  'PC324', null,
  'in another''s row none opens');

select throws_ok(
  $$
    select comply.open_fields(
      array_agg(case when s.n = 11 then set_byte(s.e, 40, get_byte(s.e, 40) # 1) else s.e end order by s.n),
      'storage_records', 'confidential', array_agg(t.id order by s.n))
    from sealed as s
    join text_of as t on t.n = s.n
  $$,
  'PC324', null,
  'nor where one of them was changed');

select throws_ok(
  $$ select comply.open_fields(array[bytea '\x00', '\x00'], 'storage_records', 'confidential', array[gen_random_uuid()]) $$,
  'PC323', null,
  'there is one row for each');

select throws_ok(
  $$ select comply.seal_fields(array['x', 'y'], 'storage_records', 'confidential', array[gen_random_uuid()]) $$,
  'PC323', null,
  'to be sealed as well');

select throws_ok(
  $$
    select comply.seal_fields(array['x'], 'storage_records', 'confidential', array[gen_random_uuid()], array['ana', 'ana'])
  $$,
  'PC323', null,
  'and one subject for each, if any');

select throws_ok(
  $$ select comply.seal_fields(array['x'], 'storage_records', 'confidential', array[null::uuid]) $$,
  'PC323', null,
  'a field of no row is not sealed');

select throws_ok(
  $$
    select comply.seal_fields(
      array['x', 'y'], 'storage_records', 'confidential', array[gen_random_uuid(), gen_random_uuid()],
      array['ana', 'ben'])
  $$,
  'PC322', null,
  'nor under the key of the subject before it');

select comply.enter('test-globex');

select throws_ok(
  $$
    select comply.open_fields(array_agg(s.e), 'storage_records', 'confidential', array_agg(t.id))
    from sealed as s
    join text_of as t on t.n = s.n
    where s.e is not null
  $$,
  'PC324', null,
  'a change of the tenant leaves the keys of the last one closed');

select throws_ok(
  $$ select comply.seal_fields(array['x'], 'storage_records', 'confidential', array[gen_random_uuid()]) $$,
  'PC322', null,
  'for sealing as well');

reset session authorization;
set local comply.tenant_id = '';

set local role comply_auditor;
select throws_ok(
  $$ select comply.seal_fields(array['x'], 'storage_records', 'confidential', array[gen_random_uuid()]) $$,
  '42501', null,
  'an auditor seals nothing');
reset role;

select * from finish();
rollback;
