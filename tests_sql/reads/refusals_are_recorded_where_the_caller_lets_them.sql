-- An error ends its transaction and every row that could tell of it. comply.try_enter() returns the refusal
-- instead; what it leaves in the server's log is proven in runner/tests.
begin;
set local search_path = tap, pg_catalog;
select plan(27);
\ir ../strict_profile.psql
select comply.set_profile('trusted');

create temp view event as
select e.* from comply.security_events as e where e.transaction_id = pg_current_xact_id() order by e.id;
grant select on event to public;

-- Entered

set local session authorization test_service;
select is(comply.try_enter('test-acme', 'ana', '00000000-0000-4000-8000-0000000000ca'), null::text,
  'who may enter, enters: no refusal is returned');
select is(comply.current_tenant(), 'test-acme', 'the tenant is in context');
select is(comply.current_actor(), 'ana', 'so is the actor');
select is(comply.current_correlation_id(), '00000000-0000-4000-8000-0000000000ca'::uuid, 'and the request');

-- Refused

select is(comply.try_enter('test-none', 'ben', '00000000-0000-4000-8000-0000000000cc'), 'PC003',
  'an unknown tenant is refused, without an error');
select is(comply.current_tenant(), null::text, 'and an earlier context of the transaction is gone');
select is(comply.try_enter('Not a tenant'), 'PC001', 'one that could be none is refused');
select is(comply.try_enter(null), 'PC001', 'none is refused');
select is(comply.try_enter('test-acme', E'a\nb'), 'PC001', 'an actor that is none is refused');
select is(comply.try_enter_signed('v1.forged'), 'PC006', 'a forged token is refused');
reset session authorization;

select results_eq(
  $$ select e.tenant_id, e.code, e.user_id, e.correlation_id from event as e $$,
  $$
    values
      ('_system', 'PC003', 'test_service', '00000000-0000-4000-8000-0000000000cc'::uuid),
      ('_system', 'PC001', 'test_service', null),
      ('_system', 'PC001', 'test_service', null),
      ('_system', 'PC001', 'test_service', null),
      ('_system', 'PC006', 'test_service', null)
  $$,
  'each left an event: the code, the login, the request');

select is((select e.message from event as e limit 1), 'tenant ''test-none'' is unknown', 'with what was said');
select is_empty($$ select from event as e where e.message ~ 'forged|v1' or e::text ~ E'\n' $$,
  'nothing of the token, and no line break');
select is(max(e.seq) - min(e.seq), count(*) - 1, 'each refusal drew one number') from event as e;

-- An error leaves a number that has no row.

select is(pg_temp.attempt('test_service', null, $$ select comply.enter('test-none') $$), 'PC003', 'comply.enter() raises');
set local session authorization test_service;
select comply.try_enter('test-none');
reset session authorization;
select is((select max(e.seq) from event as e) - (select max(e.seq) from event as e where e.code = 'PC006'), 2::bigint,
  'and a number is missing');

-- Proven

set local session authorization test_service;
select is(comply.try_enter('test-acme'), null::text, 'in context again');
select is(comply.try_enter_signed(null), 'PC006', 'no token is refused');
select is(comply.current_tenant(), null::text, 'and the context is gone');
reset session authorization;

select comply.set_profile('strict');
select pg_temp.token() as token \gset
set local session authorization test_service;
select is(comply.try_enter_signed(:'token', '00000000-0000-4000-8000-0000000000cb'), null::text, 'a token that proves a tenant is taken');
select is(comply.current_tenant(), 'test-acme', 'the tenant is in context');
select is(comply.try_enter('test-globex'), 'PC005', 'a tenant that is only claimed is refused');
select is(comply.current_tenant(), null::text, 'and the proven one is gone as well');
reset session authorization;

-- A transaction that cannot write says no.

select is(pg_temp.attempt('test_service', null, $$
    do $do$
    begin
      set local transaction_read_only = on;
      if comply.try_enter('test-none') is distinct from 'PC005' then
        raise exception 'not refused';
      end if;
    end;
    $do$
  $$), '0', 'a transaction that cannot write is refused as well, and leaves no event');

-- What may be read of it

select is(pg_temp.attempt('test_service', null, 'select from comply.security_events'), '0',
  'a service sees no event of _system');
select cmp_ok(pg_temp.attempt('comply_auditor', null, 'select from comply.security_events')::integer, '>=', 8,
  'an auditor sees them');
select is((select count(*) from event as e where e.tenant_id <> '_system'), 0::bigint,
  'what somebody claims to be is not in the column of the tenant');

select * from finish();
rollback;
