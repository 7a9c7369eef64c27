-- Whoever may sign a token, or read or add a key, is every tenant.
begin;
set local search_path = tap, pg_catalog;
select plan(9);
\ir ../strict_profile.psql

select is(
  pg_temp.attempt('test_service', null, $$ select comply.issue_token('test-globex') $$), '42501',
  'a service does not sign');

select is(
  pg_temp.attempt('comply_admin', null, $$ select comply.issue_token('test-globex') $$), '42501',
  'nor does an administrator');

select is(
  pg_temp.attempt('test_service', null, $$ select * from comply_private.context_keys $$), '42501',
  'a service does not read keys');

select is(
  pg_temp.attempt('comply_admin', null, $$ select * from comply_private.context_keys $$), '42501',
  'nor does an administrator');

select is(
  pg_temp.attempt('test_service', null,
                  $$ select comply.rotate_context_key('mine', decode(repeat('00', 32), 'hex')) $$), '42501',
  'a service adds none of its own');

select is(
  pg_temp.attempt('test_service', null, $$ select comply.retire_context_key('test-key') $$), '42501',
  'and retires none');

select is(
  pg_temp.attempt('test_service', null, $$
    select comply_private.hmac_hex('x', inner_pad, outer_pad) from comply_private.context_keys
  $$),
  '42501',
  'nor does it borrow the function that signs');

grant execute on function comply.issue_token to test_service;

select is(
  pg_temp.attempt('test_service', null, $$ select comply.issue_token('test-globex') $$), '1',
  'the gateway''s login, to which it is granted, signs');

select is(
  pg_temp.tenants_seen(comply.issue_token('test-globex')), 'test-globex',
  'and what it signs is good, so this grant is the one to watch');

select * from finish();
rollback;
