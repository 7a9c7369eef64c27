-- A key is retired because somebody else may have it: what that one signs must open nothing, at once.
begin;
set local search_path = tap, pg_catalog;
select plan(7);
\ir ../strict_profile.psql

do $$
begin
  perform comply.rotate_context_key('test-next', decode(repeat('fedcba9876543210', 4), 'hex'));
end;
$$;

select is(
  pg_temp.tenants_seen(pg_temp.token()), 'test-acme',
  'a key that was followed by another still verifies');

do $$
begin
  perform comply.retire_context_key('test-key');
end;
$$;

select is(pg_temp.tenants_seen(pg_temp.token()), 'none', 'once retired, it opens nothing');
select is(pg_temp.verdict(pg_temp.token()), 'PC006', 'entering says so');

select is(
  pg_temp.tenants_seen(pg_temp.token(kid => 'test-next')), 'none',
  'nor does its signature under the name of the next key');

select is(
  pg_temp.tenants_seen(pg_temp.token(kid => 'test-next', signed_with => 'test-next')), 'test-acme',
  'while the next key works');

select throws_ok(
  $$ select comply.rotate_context_key('test-key', decode(repeat('0123456789abcdef', 4), 'hex')) $$,
  'PC007', null,
  'a retired key does not come back under its name');

select pg_temp.weaken('comply_private.signed_claims', 'and k.state in (''active'', ''verify_only'')', '');

select is(
  pg_temp.tenants_seen(pg_temp.token()), 'test-acme',
  'if the state of a key were not looked at, the retired one would have opened its tenant');

select * from finish();
rollback;
