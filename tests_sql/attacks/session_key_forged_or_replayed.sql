-- Whoever runs SQL in the transaction of a service can write its settings. What is in them is worth nothing without
-- the other half, and what he writes there is nothing to the functions.
begin;
set local search_path = tap, pg_catalog;
select plan(22);
\ir ../two_tenants.psql
\ir ../keys.psql

create function pg_temp.verdict(setting text)
returns text
language plpgsql
as $$
begin
  perform set_config('comply.session_keys', verdict.setting, true);
  return comply.open_field(e, 'storage_records', 'confidential', '00000000-0000-7000-8000-00000000000a') from sealed;
exception
  when others then
    return sqlstate;
end;
$$;

select comply.enter('test-acme');
select pg_temp.open('acme');
create temp table sealed as
select comply.seal_field('secret', 'storage_records', 'confidential', '00000000-0000-7000-8000-00000000000a') as e;
select current_setting('comply.session_keys') as good \gset

select is(pg_temp.verdict(:'good'), 'secret', 'the setting as it was made opens');

select is(
  pg_temp.verdict(overlay(:'good' placing case substr(:'good', i, 1) when '0' then '1' else '0' end from i for 1)),
  'PC324', format('changed at %s it does not', i))
from unnest(array[1, 10, 14, 46, 60, 81, 90, length(:'good') - 70, length(:'good')]) as i;

select is(
  array(select distinct pg_temp.verdict(s) from unnest(array[
    '', ':', ':p', ':k', 'x', repeat(':k', 500), :'good' || :'good', left(:'good', 100), right(:'good', 100),
    replace(:'good', ':p', ':o') || 'x', E'\u00e9' || :'good', reverse(:'good')]) as s where s <> :'good' || :'good'),
  array['PC324'],
  'whatever else stands there is one error');

select pg_temp.weaken('comply.open_field', 'pg_backend_pid()', 'pg_backend_pid() + 1');
select is(pg_temp.verdict(:'good'), 'PC324', 'in another process it opens nothing');
select pg_temp.weaken('comply.open_field', 'pg_backend_pid() + 1', 'pg_backend_pid()');

select pg_temp.weaken('comply.open_field', 'timestamptz_send(now())', 'timestamptz_send(now() + interval ''1 us'')');
select is(pg_temp.verdict(:'good'), 'PC324', 'nor in a transaction that began a microsecond later');
select pg_temp.weaken('comply.open_field', 'timestamptz_send(now() + interval ''1 us'')', 'timestamptz_send(now())');
select is(pg_temp.verdict(:'good'), 'secret', 'but in its own');

create schema test_crypto;
grant usage on schema test_crypto to comply_owner;
alter extension pgcrypto set schema test_crypto;

create function pg_temp.open_elsewhere()
returns boolean
language sql
as $$
  select comply.open_keys(array['00000000-0000-4000-8000-0000000000a1'::uuid], array[pg_temp.key('acme')])
$$;
select pg_temp.open_elsewhere();
select current_setting('comply.session_keys') as other \gset

select is(pg_temp.verdict(:'other'), 'secret', 'with pgcrypto elsewhere the setting opens as well');

select is(
  pg_temp.verdict(overlay(:'other' placing case substr(:'other', i, 1) when '0' then '1' else '0' end from i for 1)),
  'PC324', format('and changed at %s does not', i))
from unnest(array[1, 10, 46, 90, length(:'other')]) as i;

select pg_temp.weaken(
  'comply_private.session_key', 'convert_to(encode(v_code, ''hex''), ''UTF8'') <> substr(v_held, v_at + 293, 64)',
  'false');

select is(
  pg_temp.verdict(overlay(:'other' placing case right(:'other', 1) when '0' then '1' else '0' end
                          from length(:'other') for 1)),
  'secret', 'if the code were not compared, a forged one would have opened');

alter extension pgcrypto set schema public;

select pg_temp.weaken(
  'comply.open_field', 'convert_to(encode(v_code, ''hex''), ''UTF8'') = substr(v_held, v_at + 293, 64)', 'true');

select is(
  pg_temp.verdict(overlay(:'good' placing case right(:'good', 1) when '0' then '1' else '0' end
                          from length(:'good') for 1)),
  'secret', 'nor would it have been found out there');

select * from finish();
rollback;
