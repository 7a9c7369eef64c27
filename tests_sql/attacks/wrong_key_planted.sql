-- A service that were given a wrong key would seal what nobody ever opens.
begin;
set local search_path = tap, pg_catalog;
select plan(9);
\ir ../two_tenants.psql
\ir ../keys.psql

select comply.enter('test-acme');

select throws_ok(
  format($$ select comply.open_keys(array['%s'::uuid], array[%L::bytea]) $$, k.key_id, k.key),
  'PC321', null, k.what)
from (
  values
    ('another key under the name of the tenant''s is refused', '00000000-0000-4000-8000-0000000000a1',
     pg_temp.key('acme ana')),
    ('so is one cut short', '00000000-0000-4000-8000-0000000000a1', substr(pg_temp.key('acme'), 1, 31)),
    ('and one of another tenant', '00000000-0000-4000-8000-0000000000b1', pg_temp.key('globex')),
    ('and one that nobody added', '00000000-0000-4000-8000-0000000000ff', pg_temp.key('acme')),
    ('and none', '00000000-0000-4000-8000-0000000000a1', null)
) as k (what, key_id, key);

select throws_ok(
  $$ select comply.open_keys(array[]::uuid[], array[]::bytea[]) $$, 'PC321', null,
  'an empty list opens nothing');

select throws_ok(
  $$ select comply.open_keys(array(select t.key_id from test_key as t), array[pg_temp.key('acme')]) $$, 'PC321', null,
  'nor does one that is too short');

select is(
  coalesce(current_setting('comply.session_keys', true), ''), '',
  'after a refusal no key is left open');

select comply_private.shred_keys('test-acme', 'ana');

select throws_ok($$ select pg_temp.open('acme ana') $$, 'PC321', null, 'a shredded key is refused, right as it is');

select * from finish();
rollback;
