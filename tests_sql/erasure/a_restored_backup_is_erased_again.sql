-- Only the digests were kept outside. What they are of is there again, and has to go again.
begin;
set local search_path = tap, pg_catalog;
select plan(11);
\ir ../two_tenants.psql

insert into comply.detector_executions (
  tenant_id, detector_type, model_version, latency_ms, success, subject_id)
values
  ('test-acme', 'presidio', 'test-1', 1, true, 'p-1'), ('test-acme', 'presidio', 'test-1', 1, true, 'p-2'),
  ('test-acme', 'presidio', 'test-1', 1, true, 'p-3'), ('test-globex', 'presidio', 'test-1', 1, true, 'p-1');
-- One of which the trail alone still tells, one of which only a key is left.
delete from comply.detector_executions where subject_id = 'p-3';
insert into comply_private.data_keys (tenant_id, key_id, purpose, version, wrapped, alg, kek_kid, check_value)
values (
  'test-acme', '00000000-0000-4000-8000-0000000000f1', 'enc', 1, decode(repeat('11', 40), 'hex'), 'A256KW', 'file',
  '\x1111111111111111');
insert into comply_private.data_keys (
  tenant_id, key_id, purpose, subject_digest, version, wrapped, alg, wrapped_by, check_value)
values (
  'test-acme', '00000000-0000-4000-8000-0000000000f2', 'enc', comply_private.subject_digest('test-acme', 'p-4'), 1,
  decode(repeat('11', 100), 'hex'), 'envelope-1', '00000000-0000-4000-8000-0000000000f1', '\x1111111111111111');

create function pg_temp.again(subject text)
returns comply.erasures
language sql
as $$
  select comply.erase_again(
    'test-acme', encode(comply_private.subject_digest('test-acme', again.subject), 'hex'), 'the report of May')
$$;

select is((pg_temp.again('p-1')).rows_destroyed, '{"detector_executions": 1}', 'its rows go');
select set_eq(
  $$ select tenant_id, subject_id from comply.detector_executions where subject_id is not null $$,
  $$ values ('test-acme', 'p-2'), ('test-globex', 'p-1') $$,
  'and nobody else''s');
select is((pg_temp.again('p-3')).images_redacted, 2::bigint, 'where the trail alone has it, the images go');
select is(
  (pg_temp.again('p-4')).key_ids, '{00000000-0000-4000-8000-0000000000f2}', 'where only a key is left, the key');
select is((select k.state from comply_private.data_keys as k where k.subject_digest is null), 'active',
          'and not the tenant''s');
select is((pg_temp.again('p-4')).key_ids, '{00000000-0000-4000-8000-0000000000f2}', 'said twice it changes nothing');
select is((pg_temp.again('p-5')).state, 'shredded', 'where nothing is left it is on record all the same');
select ok(comply_private.is_erased('test-acme', 'p-5'), 'so that nothing of it comes in');

select throws_ok($$ select comply.erase_again('test-acme', 'p-1', 'x') $$, 'PC330', null, 'a subject is no digest');
select throws_ok(
  $$ select comply_private.carry_out_erasure('test-acme', e.id, null) from comply.erasures as e limit 1 $$,
  'PC330', null,
  'an erasure of nobody is never one of the whole tenant');
select is(
  pg_temp.attempt('test_service', 'test-acme', $$ select comply.erase_again('test-acme', repeat('a', 64), 'x') $$),
  '42501', 'a service may not');

select * from finish();
rollback;
