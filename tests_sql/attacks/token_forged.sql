-- Whoever can make up a token is any tenant it names.
begin;
set local search_path = tap, pg_catalog;
select plan(8);
\ir ../strict_profile.psql

select is(pg_temp.tenants_seen(pg_temp.token()), 'test-acme', 'a token of the gateway opens its tenant');

select is(
  pg_temp.tenants_seen(left(pg_temp.token(tenant => 'test-globex'), -64) || repeat('0', 64)), 'none',
  'one with a code that is made up opens nothing');

select is(
  pg_temp.tenants_seen(left(pg_temp.token(), -64) || upper(right(pg_temp.token(), 64))), 'none',
  'nor does one whose code is only written otherwise');

select is(
  pg_temp.tenants_seen(left(pg_temp.token(), -1)), 'none',
  'nor one whose code is cut short');

select is(
  pg_temp.tenants_seen(left(pg_temp.token(), -65)), 'none',
  'nor one without a code');

select is(
  pg_temp.tenants_seen(
    left(pg_temp.token(tenant => 'test-globex'), -64)
    || encode(sha256(convert_to(left(pg_temp.token(tenant => 'test-globex'), -65), 'UTF8')), 'hex')),
  'none',
  'nor one with a hash that needs no key');

select is(
  pg_temp.verdict(left(pg_temp.token(tenant => 'test-globex'), -64) || repeat('0', 64)), 'PC006',
  'who enters with it is told that it proves nothing, and not why');

select pg_temp.weaken(
  'comply_private.signed_claims',
  '<> comply_private.hmac_hex(right(v_token, 64), v_key.inner_pad, v_key.outer_pad)',
  'is null');

select is(
  pg_temp.tenants_seen(left(pg_temp.token(tenant => 'test-globex'), -64) || repeat('0', 64)), 'test-globex',
  'if codes were not compared, the first would have opened the other tenant');

select * from finish();
rollback;
