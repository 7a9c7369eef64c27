-- A key that the database does not know, or an empty one, must not verify what it signed.
begin;
set local search_path = tap, pg_catalog;
select plan(6);
\ir ../strict_profile.psql

-- The pads of the empty key, which everybody knows.
create temp table of_nobody as
select
  t.body || '.' || comply_private.hmac_hex(
    t.body, decode(repeat('36', 64), 'hex'), decode(repeat('5c', 64), 'hex')) as token
from replace(left(pg_temp.token(), -65), '.test-key.', '.nobody.') as t (body);

select is(pg_temp.tenants_seen((select token from of_nobody)), 'none', 'an unknown key opens nothing');
select is(pg_temp.verdict((select token from of_nobody)), 'PC006', 'entering says so');
select is(
  pg_temp.tenants_seen(pg_temp.token(kid => 'TEST-KEY')), 'none',
  'nor does a known one spelled otherwise');
select is(
  pg_temp.tenants_seen(pg_temp.token(kid => 'test-key'' or ''1''=''1')), 'none',
  'nor a piece of SQL');

select throws_ok(
  $$ select comply.rotate_context_key('nobody', '') $$,
  'PC007', null,
  'the empty key is never taken in');

insert into comply_private.context_keys (kid, inner_pad, outer_pad)
values ('nobody', decode(repeat('36', 64), 'hex'), decode(repeat('5c', 64), 'hex'));

select is(
  pg_temp.tenants_seen((select token from of_nobody)), 'test-acme',
  'if it were among the keys, it would have opened the tenant');

select * from finish();
rollback;
