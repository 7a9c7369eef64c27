-- A parser that counts parts from the left where the signer counted from the right reads another tenant out
-- of the same signed bytes: an actor or a nonce with a dot in it is enough.
begin;
set local search_path = tap, pg_catalog;
select plan(8);
\ir ../strict_profile.psql

select is(
  pg_temp.tenants_seen(pg_temp.token(kid => 'test-key.test-globex')), 'none',
  'a tenant put before the tenant, signed, opens nothing');

select is(
  pg_temp.tenants_seen(pg_temp.token(tenant => 'test-acme.test-globex')), 'none',
  'nor does one put after it');

select is(
  pg_temp.tenants_seen(pg_temp.token(nonce => '0011223344556677.8899aabbccddeeff')), 'none',
  'nor a nonce of two parts');

select is(pg_temp.tenants_seen(pg_temp.token() || '.'), 'none', 'nor a dot at the end');
select is(pg_temp.tenants_seen(pg_temp.token() || E'\n'), 'none', 'nor a line end');
select is(
  pg_temp.tenants_seen(pg_temp.token(nonce => repeat('0', 600))), 'none',
  'nor a part that is too long');

select is(
  pg_temp.verdict(pg_temp.token(kid => 'test-key.test-globex')), 'PC006',
  'entering says so');

-- A form that only asks for dots.
select pg_temp.weaken(
  'comply_private.signed_claims',
  $$'^v1\.[a-z0-9_-]+\.[a-z0-9][a-z0-9_-]*\.[A-Za-z0-9_-]*\.[0-9]+\.[A-Za-z0-9_-]+\.[0-9a-f]+$'$$,
  $$'^v1\.'$$);
select pg_temp.weaken('comply_private.signed_claims', $$length(split_part(v_token, '.', 6)) not$$, '20 not');
select pg_temp.weaken('comply_private.signed_claims', $$length(split_part(v_token, '.', 7))$$, '64');
select pg_temp.weaken(
  'comply_private.signed_claims', 'split_part(v_token, ''.'', 5)', 'split_part(v_token, ''.'', 6)');

select is(
  pg_temp.tenants_seen(pg_temp.token(kid => 'test-key.test-globex')), 'test-globex',
  'if the form were loose, the first would have been read as the other tenant''s');

select * from finish();
rollback;
