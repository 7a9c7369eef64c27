-- A token that leaked into a log last week would be good for ever.
begin;
set local search_path = tap, pg_catalog;
select plan(6);
\ir ../strict_profile.psql

select is(
  pg_temp.tenants_seen(pg_temp.token(expires_in => '3 seconds')), 'test-acme',
  'a token is good to its last seconds');

select is(
  pg_temp.tenants_seen(pg_temp.token(expires_in => '-1 second')), 'none',
  'and opens nothing after them');

select is(pg_temp.verdict(pg_temp.token(expires_in => '-1 second')), 'PC006', 'entering says so');

select pg_temp.token() as token \gset
set local comply.now = '2099-01-01 00:00+00';

select is(pg_temp.tenants_seen(:'token'), 'test-acme', 'a service that moves the clock moves nothing');

set local comply.token = :'token';
select is(comply.current_tenant(), null, 'while for a test, which may move it, the token is out of date');

set local comply.now = '';
select pg_temp.weaken('comply_private.signed_claims', 'expires_at > comply_private.clock() and', '');

select is(
  pg_temp.tenants_seen(pg_temp.token(expires_in => '-1 second')), 'test-acme',
  'if nobody looked at the clock, the old one would have opened its tenant');

select * from finish();
rollback;
