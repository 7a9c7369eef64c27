-- The vector of docs/tenancy.md, which no code of this database signed.
begin;
set local search_path = tap, pg_catalog;
select plan(6);

insert into comply.tenant_configs (tenant_id, display_name) values ('acme', 'Acme')
on conflict on constraint tenant_configs_pkey do nothing;
select comply.rotate_context_key('k1', decode(repeat('0b', 32), 'hex'));
select comply.set_profile('strict');
set local comply.now = '2029-12-31 23:30+00';

select lives_ok(
  $$
    select comply.enter_signed(
      'v1.k1.acme.YW5hQGV4YW1wbGUuY29t.1893456000.00112233445566778899aabbccddeeff.'
      'b6496ef6067d87aa5d4d4beaf14da1fe92375494124743858d8bbea0c0371321')
  $$,
  'the vector is accepted');

select is(comply.current_tenant(), 'acme', 'it proves the tenant');
select is(comply.current_actor(), 'ana@example.com', 'and the actor');

set local comply.now = '2030-01-01 00:00+00';
select is(comply.current_tenant(), null, 'until the second it expires');

set local comply.now = '2029-12-31 22:59:59+00';
select is(comply.current_tenant(), null, 'and not before its lifetime is short enough');

select throws_ok(
  $$ select comply.issue_token('acme', 'ana@example.com', interval '2 hours') $$,
  'PC007', null,
  'nor does the database sign one that lives too long');

select * from finish();
rollback;
