-- What a shredded key sealed stays sealed; that it existed, and what it was wrapped as, stays provable.
begin;
set local search_path = tap, pg_catalog;
select plan(16);

insert into comply_private.data_keys (
  tenant_id, key_id, purpose, subject_digest, table_name, column_name, version, wrapped, alg, kek_kid, wrapped_by,
  check_value)
values
  ('test-acme', '00000000-0000-4000-8000-0000000000a1', 'enc', null, null, null, 1,
   decode(repeat('a1', 72), 'hex'), 'A256KW', 'file:test', null, '\x0000000000000001'),
  ('test-acme', '00000000-0000-4000-8000-0000000000a2', 'bidx', null, 'storage_records', 'name_bidx', 1,
   decode(repeat('a2', 72), 'hex'), 'A256KW', 'file:test', null, '\x0000000000000002'),
  ('test-acme', '00000000-0000-4000-8000-0000000000a3', 'enc',
   comply_private.subject_digest('test-acme', 'ana'), null, null, 1,
   decode(repeat('a3', 98), 'hex'), 'envelope-1', null, '00000000-0000-4000-8000-0000000000a1',
   '\x0000000000000003'),
  ('test-acme', '00000000-0000-4000-8000-0000000000a4', 'enc',
   comply_private.subject_digest('test-acme', 'ben'), null, null, 1,
   decode(repeat('a4', 98), 'hex'), 'envelope-1', null, '00000000-0000-4000-8000-0000000000a1',
   '\x0000000000000004'),
  ('test-globex', '00000000-0000-4000-8000-0000000000b1', 'enc', null, null, null, 1,
   decode(repeat('b1', 72), 'hex'), 'A256KW', 'file:test', null, '\x0000000000000005');

select is(
  comply_private.shred_keys('test-acme', 'ana'), array['00000000-0000-4000-8000-0000000000a3']::uuid[],
  'shredding a subject names the key that was its own');

select results_eq(
  $$
    select k.state, k.wrapped, k.wrapped_digest, k.shredded_at
    from comply_private.data_keys as k
    where k.key_id = '00000000-0000-4000-8000-0000000000a3'
  $$,
  $$ select 'shredded', null::bytea, sha256(decode(repeat('a3', 98), 'hex')), comply.now() $$,
  'the key is gone, the digest of what it was wrapped as is there');

select is(comply_private.shred_keys('test-acme', 'ana'), '{}'::uuid[], 'said twice, it names none');
select is(comply_private.shred_keys('test-globex', 'ben'), '{}'::uuid[], 'a subject is of its tenant');

select is(
  comply_private.shred_keys('test-acme'),
  array[
    '00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000a2',
    '00000000-0000-4000-8000-0000000000a4'
  ]::uuid[],
  'shredding a tenant takes its own key, that of its blind index, and those of its subjects');

select results_eq(
  $$ select k.tenant_id, k.state from comply_private.data_keys as k where k.state <> 'shredded' $$,
  $$ values ('test-globex', 'active') $$,
  'and no other tenant''s');

select throws_ok(
  $$
    update comply_private.data_keys
    set state = 'retiring', wrapped = decode(repeat('a1', 72), 'hex'), check_value = '\x0000000000000001',
        wrapped_digest = null, shredded_at = null, rotated_at = comply.now()
    where key_id = '00000000-0000-4000-8000-0000000000a1'
  $$,
  'PC002', null,
  'a key that is gone does not come back');

select throws_ok($$ delete from comply_private.data_keys $$, 'PC002', null, 'nor is its row removed');
select throws_ok($$ truncate comply_private.data_keys cascade $$, 'PC002', null, 'nor all at once');

select throws_ok(
  $$ update comply_private.data_keys set version = 2 where tenant_id = 'test-globex' $$,
  'PC002', null,
  'nor does a key become another one');

select throws_ok(
  $$ update comply_private.data_keys set wrapped = null where tenant_id = 'test-globex' $$,
  '23514', null,
  'a key is not half gone');

select throws_ok(
  $$
    insert into comply_private.data_keys (tenant_id, key_id, purpose, version, wrapped, alg, kek_kid, check_value)
    values ('test-globex', gen_random_uuid(), 'enc', 2, decode(repeat('b2', 72), 'hex'), 'A256KW', 'file:test',
            '\x0000000000000006')
  $$,
  '23505', null,
  'no two keys of one scope are active');

select throws_ok(
  $$
    insert into comply_private.data_keys (
      tenant_id, key_id, purpose, version, state, rotated_at, wrapped, alg, kek_kid, check_value)
    values ('test-globex', gen_random_uuid(), 'enc', 1, 'retiring', comply.now(), decode(repeat('b2', 72), 'hex'),
            'A256KW', 'file:test', '\x0000000000000006')
  $$,
  '23505', null,
  'nor are two of one version');

select is(
  (select count(*) from comply_private.admin_events as e where e.object = 'comply_private.data_keys'), 9::bigint,
  'whatever was done to a key left a row');

select is_empty(
  $$
    select e.id
    from comply_private.admin_events as e
    where e.old_values ?| array['wrapped', 'check_value']
       or e.new_values ?| array['wrapped', 'check_value']
  $$,
  'none of them has the wrapped key, which would outlive it there');

select isnt(
  comply_private.subject_digest('ab', 'c'), comply_private.subject_digest('a', 'bc'),
  'what stands for a subject says where the tenant ends');

select * from finish();
rollback;
