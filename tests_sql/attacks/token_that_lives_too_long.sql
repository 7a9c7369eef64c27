-- A gateway that was broken into for a minute signs a token for ten years, and keeps the door open after its
-- key was thought safe again.
begin;
set local search_path = tap, pg_catalog;
select plan(6);
\ir ../strict_profile.psql

select is(
  pg_temp.tenants_seen(pg_temp.token(expires_in => '59 minutes')), 'test-acme',
  'a token may live for as long as the settings say');

select is(
  pg_temp.tenants_seen(pg_temp.token(expires_in => '61 minutes')), 'none',
  'and opens nothing if it would live longer, though its code is right');

select is(
  pg_temp.tenants_seen(pg_temp.token(expires_in => '10 years')), 'none',
  'least of all for ten years');
select is(pg_temp.verdict(pg_temp.token(expires_in => '10 years')), 'PC006', 'entering says so');

select throws_ok(
  $$ select comply.issue_token('test-acme', 'ana', '10 years') $$,
  'PC007', null,
  'and the database itself signs none such');

select pg_temp.weaken(
  'comply_private.signed_claims',
  'and expires_at <= comply_private.clock() + v_life', '');

select is(
  pg_temp.tenants_seen(pg_temp.token(expires_in => '10 years')), 'test-acme',
  'if lifetimes had no bound, it would have been good');

select * from finish();
rollback;
