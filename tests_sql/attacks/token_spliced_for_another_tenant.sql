-- A service that is sent a genuine token of its own puts another tenant into it: the tenant is part of what
-- the code covers, or one token would open them all.
begin;
set local search_path = tap, pg_catalog;
select plan(5);
\ir ../strict_profile.psql

select is(
  pg_temp.tenants_seen(replace(pg_temp.token(), '.test-acme.', '.test-globex.')), 'none',
  'another tenant''s name in a genuine token opens nothing');

select is(
  pg_temp.tenants_seen(
    replace(left(pg_temp.token(), -64), '.test-acme.', '.test-globex.')
    || right(pg_temp.token(tenant => 'test-globex', nonce => 'ffeeddccbbaa99887766554433221100'), 64)),
  'none',
  'not even with the code of another token of that tenant');

select is(
  pg_temp.tenants_seen(regexp_replace(pg_temp.token(), '\.YW5h\.', '.Ym9i.')), 'none',
  'nor can the actor be put in another''s place');

select is(
  pg_temp.verdict(replace(pg_temp.token(), '.test-acme.', '.test-globex.')), 'PC006',
  'and entering says so');

-- The code is taken over the body with the tenant left out, on both sides.
select pg_temp.weaken('comply_private.signed_claims', 'v_body := left(v_token, -65);',
                      'v_body := left(replace(v_token, ''.test-globex.'', ''.test-acme.''), -65);');

select is(
  pg_temp.tenants_seen(replace(pg_temp.token(), '.test-acme.', '.test-globex.')), 'test-globex',
  'if the code did not cover the tenant, the first would have opened the other one');

select * from finish();
rollback;
