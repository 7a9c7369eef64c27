begin;
set local search_path = tap, pg_catalog;
select plan(3);
\ir fixture.psql
\ir faults/keys_rotated.psql

select is(pg_temp.status_of('keys_rotated'), 'na', 'without keys there is nothing to judge');

select is(
  pg_temp.status_under(
    'keys_rotated',
    $$ insert into comply_private.data_keys (tenant_id, key_id, purpose, version, wrapped, alg,
           kek_kid, check_value, created_at) values ('test-keys', gen_random_uuid(), 'enc', 1,
           decode(repeat('00', 72), 'hex'), 'A256KW', 'file:test', '\x0000000000000000', comply.now() -
           interval '364 days') $$),
  'pass', 'a key of this year passes');

select is(pg_temp.status_under(f.check_id, f.statement), 'fail', 'one that is older fails')
from fault as f;

select * from finish();
rollback;
