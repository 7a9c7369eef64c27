begin;
set local search_path = tap, pg_catalog;
select plan(19);
\ir ../two_tenants.psql

set local role comply_admin;

select is(comply.place_hold('test-acme', 'case 7', 'the regulator asked'), true, 'the first call places the hold');
select is(comply.place_hold('test-acme', 'case 7', 'a retry, in other words'), false,
  'the second says that it stood already');
select set_eq(
  $$ select h.reason, h.placed_by from comply.legal_holds as h where h.tenant_id = 'test-acme' $$,
  $$ values ('the regulator asked', session_user::text) $$,
  'and the first reason stands, in the name of the login');
select is(comply.place_hold('test-globex', 'case 7', 'of the same name'), true,
  'the same matter of another tenant is another hold');
select throws_ok(
  $$ select comply.place_hold('test-acme', 'case 7', 'wider', '2020-01-01') $$, 'PC302', null,
  'who asks for another span is told that it does not stand');
select throws_ok(
  $$ select comply.place_hold('test-acne', 'case 7', 'a slip') $$, 'PC003', null,
  'who misspells the tenant is told that nothing is held');
select throws_ok(
  $$ select comply.place_hold('test-acme', 'case 8', 'backwards', '2020-02-01', '2020-01-01') $$, '23514', null,
  'a span begins before it ends');
select throws_ok(
  $$ insert into comply.legal_holds (tenant_id, matter, reason, placed_by) values ('test-acme', 'x', 'y', 'ana') $$,
  '42501', null, 'nobody places one in another''s name');

select is(comply.release_hold('test-acme', 'case 7', 'settled'), true, 'the first release releases it');
select is(comply.release_hold('test-acme', 'case 7', 'again'), false, 'the second says that it was');
select set_eq(
  $$ select h.release_reason, h.released_by from comply.legal_holds as h where h.tenant_id = 'test-acme' $$,
  $$ values ('settled', session_user::text) $$, 'with the first reason');
select throws_ok($$ select comply.release_hold('test-acme', 'case 9', 'x') $$, 'PC300', null,
  'what was never held cannot be released');
select throws_ok($$ select comply.place_hold('test-acme', 'case 7', 'once more') $$, 'PC301', null,
  'a released matter stays closed');
reset role;

select is(
  array[
    comply_private.held('test-globex', '2020-01-01', '2020-02-01'),
    comply_private.held('test-acme', '2020-01-01', '2020-02-01'),
    comply_private.held('test-initech', null, null)
  ],
  array['case 7', null, null], 'what asks hears of holds that stand');
select comply.place_hold('test-acme', 'case 10', 'a span', '2020-01-10', '2020-01-20') \g /dev/null
select is(
  array(
    select comply_private.held('test-acme', s.covers_from, s.covers_until) is not null
    from (values
      ('2020-01-01'::timestamptz, '2020-01-10'::timestamptz), ('2020-01-01', '2020-01-10 00:00:01'),
      ('2020-01-19 23:59:59', '2020-02-01'), ('2020-01-20', '2020-02-01'), (null, '2020-01-10'), (null, null),
      ('2020-01-20', null), ('2020-01-12', '2020-01-13')) as s (covers_from, covers_until)
  ),
  array[false, true, true, false, false, true, false, true],
  'of those that cover a part of what is asked for, to the instant');

select throws_ok($$ delete from comply.legal_holds $$, 'PC002', null, 'not even a superuser deletes a hold by mistake');
select throws_ok(
  $$ update comply.legal_holds as h set covers_until = now() where h.tenant_id = 'test-globex' $$, 'PC002', null,
  'nor narrows one');
set local session_replication_role = replica;
select throws_ok($$ delete from comply.legal_holds $$, 'PC002', null, 'nor by posing as a replica');
set local session_replication_role = origin;

select results_eq(
  $$ select operation from comply.audit_trail
     where table_name = 'legal_holds' and tenant_id = 'test-acme' order by id $$,
  array['INSERT', 'UPDATE', 'INSERT'], 'the trail has it all');

select * from finish();
rollback;
