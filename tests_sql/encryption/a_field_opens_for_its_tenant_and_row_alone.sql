-- What is sealed opens where it was sealed for, by whom it was opened for, and nowhere else.
begin;
set local search_path = tap, pg_catalog;
select plan(31);
\ir ../two_tenants.psql
\ir ../keys.psql

select comply.enter('test-acme');

select throws_ok(
  $$ select comply.seal_field('x', 'storage_records', 'confidential', '00000000-0000-7000-8000-00000000000a') $$,
  'PC322', null,
  'nothing is sealed before a key is open');

set local session authorization test_service;
select comply.enter('test-acme');
select is(pg_temp.open('acme'), true, 'a service opens the key of its tenant, which is the newest');

create temp table sealed as
select comply.seal_field('Ana Łuk', 'storage_records', 'confidential', '00000000-0000-7000-8000-00000000000a') as e;

select ok((select comply.is_envelope(e) from sealed), 'what it seals is an envelope');
select is((select octet_length(e) from sealed), 82, 'of the least length, for a short text');

select is(
  (select comply.open_field(e, 'storage_records', 'confidential', '00000000-0000-7000-8000-00000000000a') from sealed),
  'Ana Łuk', 'and opens again');

select isnt(
  (select e from sealed),
  comply.seal_field('Ana Łuk', 'storage_records', 'confidential', '00000000-0000-7000-8000-00000000000a'),
  'the same text never makes the same envelope');

select lives_ok(
  $$ update comply.storage_records set confidential = (select e from sealed) $$,
  'it goes into the column');

select throws_ok(
  $$ update comply.storage_records set confidential = convert_to('Ana', 'UTF8') $$,
  '23514', null,
  'which takes no plaintext');

select throws_ok(
  $$ update comply.storage_records set confidential = substr((select e from sealed), 2) $$,
  '23514', null,
  'nor the rest of an envelope');

select is(
  (select comply.open_field(r.confidential, 'storage_records', 'confidential', r.id) from comply.storage_records as r),
  'Ana Łuk', 'and opens there');

select throws_ok(
  $$ select comply.open_field(e, 'storage_records', 'confidential', '00000000-0000-7000-8000-00000000000b') from sealed $$,
  'PC324', null,
  'in another row it does not');

select throws_ok(
  $$ select comply.open_field(e, 'storage_records', 'metadata', '00000000-0000-7000-8000-00000000000a') from sealed $$,
  'PC324', null,
  'nor in another column');

select throws_ok(
  $$ select comply.open_field(e, 'load_rejects', 'confidential', '00000000-0000-7000-8000-00000000000a') from sealed $$,
  'PC324', null,
  'nor in another table');

select is(
  octet_length(comply.seal_field(n.text, 'storage_records', 'confidential', gen_random_uuid(), padded => true)),
  n.length, format('padded, %s characters take %s bytes', length(n.text), n.length))
from (values ('', 114), (repeat('x', 31), 114), (repeat('x', 32), 146)) as n (text, length);

select throws_ok(
  $$ select comply.seal_field('x', 'storage_records', 'confidential', gen_random_uuid(), 'ana') $$,
  'PC322', null,
  'under the key of a subject nothing is sealed until that is open');

select is(pg_temp.open('acme', 'acme ana'), true, 'both can be open');

select is(
  encode(substr(
    comply.seal_field('x', 'storage_records', 'confidential', gen_random_uuid(), 'ana'), 3, 16), 'hex')::uuid,
  '00000000-0000-4000-8000-0000000000a2'::uuid,
  'then what is of the subject is under its key');

select throws_ok(
  $$ select comply.seal_field('x', 'storage_records', 'confidential', gen_random_uuid(), 'ben') $$,
  'PC322', null,
  'and what is of another is under no other''s');

select throws_ok($$ select pg_temp.open('globex') $$, 'PC325', null, 'a key of another tenant it does not open');

select comply.enter('test-globex');

select throws_ok(
  $$ select comply.open_field(e, 'storage_records', 'confidential', '00000000-0000-7000-8000-00000000000a') from sealed $$,
  'PC324', null,
  'a change of the tenant leaves the keys of the last one closed');

select throws_ok(
  $$ select comply.seal_field('x', 'storage_records', 'confidential', gen_random_uuid()) $$,
  'PC322', null,
  'for sealing as well');

select is(pg_temp.open('globex'), true, 'until it opens those of the other');

select throws_ok(
  $$ select comply.open_field(e, 'storage_records', 'confidential', '00000000-0000-7000-8000-00000000000a') from sealed $$,
  'PC324', null,
  'which do not open what the first sealed');

reset session authorization;
set local comply.tenant_id = '';

grant select on sealed to comply_auditor;

set local role comply_auditor;
select is(pg_temp.open('acme'), true, 'an auditor opens the keys of a tenant by name, to export');

select is(
  (select comply.open_field(e, 'storage_records', 'confidential', '00000000-0000-7000-8000-00000000000a') from sealed),
  'Ana Łuk', 'and reads what is in a field');

select throws_ok(
  $$ select comply.seal_field('x', 'storage_records', 'confidential', gen_random_uuid()) $$,
  '42501', null,
  'but seals nothing');
reset role;

select is(
  pg_temp.attempt(r, 'test-acme', $$ select pg_temp.open('acme') $$), '42501',
  format('%s opens no keys', r))
from unnest(array['comply_analyst', 'comply_operator']) as r;

select is(
  pg_temp.attempt('comply_reader', 'test-acme', $$ select pg_temp.open('acme') $$), '1',
  'a reader opens them, in its tenant');

select * from finish();
rollback;
