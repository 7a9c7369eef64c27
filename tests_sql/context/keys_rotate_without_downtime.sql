-- Between the first gateway that signs with the new key and the last that still signs with the old one, both
-- have to be good, and so do the tokens that are on their way.
begin;
set local search_path = tap, pg_catalog;
select plan(13);
\ir ../two_tenants.psql

create function pg_temp.tenant_of(token text)
returns text
language plpgsql
as $$
begin
  perform set_config('comply.token', tenant_of.token, true);
  return comply.current_tenant();
end;
$$;

delete from comply_private.context_keys;
set local role comply_admin;

select throws_ok(
  $$ select comply.set_profile('strict') $$,
  'PC007', null,
  'a database without a key cannot be strict, or nobody could enter');

select comply.rotate_context_key('test-2026', decode(repeat('01', 32), 'hex'));
select comply.set_profile('strict');

reset role;
select comply.issue_token('test-acme', 'ana') as old_token \gset
select is(pg_temp.tenant_of(:'old_token'), 'test-acme', 'a token of the first key is good');
select is(comply.current_actor(), 'ana', 'and says for whom');
select is(split_part(:'old_token', '.', 2), 'test-2026', 'it names its key');

set local role comply_admin;
select comply.rotate_context_key('test-2027', decode(repeat('02', 32), 'hex'));
reset role;

select is(pg_temp.tenant_of(:'old_token'), 'test-acme', 'once a second key is there it still is');

select comply.issue_token('test-globex') as new_token \gset
select is(split_part(:'new_token', '.', 2), 'test-2027', 'while the database signs with the second');
select is(pg_temp.tenant_of(:'new_token'), 'test-globex', 'whose tokens are good as well');

set local session authorization test_service;
select lives_ok(format('select comply.enter_signed(%L)', :'old_token'), 'a service enters with the one');
select lives_ok(format('select comply.enter_signed(%L)', :'new_token'), 'and with the other');
reset session authorization;

set local role comply_admin;
select lives_ok($$ select comply.retire_context_key('test-2026') $$, 'the first is retired');
select lives_ok($$ select comply.retire_context_key('test-2026') $$, 'which can be said twice');
reset role;

select is(pg_temp.tenant_of(:'old_token'), null, 'then its tokens prove nothing');
select is(pg_temp.tenant_of(:'new_token'), 'test-globex', 'and the second''s are as good as before');

select * from finish();
rollback;
