-- Who plans, who agrees and who carries out; and that a hold wins over all of them at every step.
begin;
set local search_path = tap, pg_catalog;
select plan(34);
\ir ../old_months.psql

select comply.set_retention_policy('test-acme', '*', '30 days', 'a contract', 'delete') \g /dev/null
select comply.set_retention_policy('test-globex', '*', '30 days', 'a contract', 'delete') \g /dev/null
select comply.set_retention_settings(batch_rows => 7) \g /dev/null
select pg_temp.fill('test-acme', '2030-01-10', 20), pg_temp.fill('test-globex', '2030-01-10', 10);
select pg_temp.fill('test-acme', '2030-02-10', 20), pg_temp.fill('test-initech', '2030-02-10', 20);
select pg_temp.fill('test-acme', '2030-03-10', 20), pg_temp.fill('test-initech', '2030-03-10', 80);

set local session authorization test_operator;
set local role comply_operator;
select pg_temp.enforce();
reset session authorization;

select is(pg_temp.state('01'), 'DROP planned: waits for comply.approve_retention()',
  'what needs approval waits for it');
select is((select planned_by from comply.retention_items where id = pg_temp.item('01')), 'test_operator',
  'and says who planned it');

select is(pg_temp.as_login('test_operator', format('select comply.approve_retention(%L)', pg_temp.item('01'))), '42501',
  'an operator approves nothing');
select is(pg_temp.as_login('test_admin', $$ select comply.approve_retention('00000000-0000-0000-0000-000000000000') $$),
  'PC303', 'nor anybody what is not there');
update comply.retention_items set planned_by = 'test_admin' where id = pg_temp.item('01');
select is(pg_temp.as_login('test_admin', format('select comply.approve_retention(%L)', pg_temp.item('01'))), 'PC305',
  'nor what the same login planned');
select throws_ok(
  $$ update comply.retention_items set approved_by = 'test_admin', approved_at = now() where id = pg_temp.item('01') $$,
  '23514', null, 'which not even the owner can write down');
update comply.retention_items set planned_by = 'test_operator' where id = pg_temp.item('01');

select is(pg_temp.as_login('test_admin', format('select comply.approve_retention(%L)', pg_temp.item('01'))), 'true',
  'a second person approves');
select is(pg_temp.as_login('test_admin', format('select comply.approve_retention(%L)', pg_temp.item('01'))), 'false',
  'once');
select is(pg_temp.as_login('test_second_admin', format('select comply.approve_retention(%L)', pg_temp.item('01'))),
  'PC304',
  'and nobody after that');
select is(pg_temp.as_login('test_admin', format('select comply.advance_retention(%L)', pg_temp.item('01'))), 'false',
  'the approver does not carry it out');
select is(pg_temp.state('01'), 'DROP approved: waits for another login than the one that approved it',
  'for which it waits');

-- Held after approval.
select comply.place_hold('test-globex', 'case 7', 'a test') \g /dev/null
set local session authorization test_operator;
set local role comply_operator;
select pg_temp.enforce();
reset session authorization;
select results_eq(
  $$ select verdict, state, reason from comply.retention_items
     where month = '2030-01-01 00:00+00' and table_name = 'storage_records' order by state $$,
  $$ values ('REWRITE', 'planned', null),
            ('DROP', 'refused', 'tenant test-globex is held for case 7') $$,
  'a hold that was placed since refuses it, and the rest is planned anew');
select is((select approved_by from comply.retention_items where id = pg_temp.item('01')), null, 'to be approved anew');

-- Held while it is out of its table.
select comply.release_hold('test-globex', 'case 7', 'over') \g /dev/null
select pg_temp.as_login(
  'test_admin', format('select comply.withdraw_retention(%L, %L)', pg_temp.item('01'), 'all of it')) \g /dev/null
set local session authorization test_operator;
set local role comply_operator;
select pg_temp.enforce();
select pg_temp.enforce();
reset session authorization;
select is(pg_temp.state('01'), 'DROP planned: waits for comply.approve_retention()',
  'without it, all of the month is planned');
select pg_temp.as_login('test_admin', format('select comply.approve_retention(%L)', pg_temp.item('01'))) \g /dev/null
set local session authorization test_operator;
set local role comply_operator;
select pg_temp.enforce();
reset session authorization;
select is(pg_temp.state('01'), 'DROP grace: waits until 2030-06-22 12:00:00+00', 'approved, it goes out of its table');
select is(pg_temp.months('test-acme'), '02:20 03:20', 'where nobody sees it');
create temp table index_before as
select c.relname from pg_index as i join pg_class as c on c.oid = i.indexrelid
where i.indrelid = 'comply_private.storage_records_2030_01'::regclass;
select comply.place_hold('test-globex', 'case 8', 'a test', '2030-01-31', '2030-02-01') \g /dev/null
set local comply.now = '2030-06-25 12:00+00';
set local session authorization test_operator;
set local role comply_operator;
select pg_temp.enforce();
reset session authorization;
select is(pg_temp.state('01'), 'REWRITE planned', 'a hold in its days of grace');
select is(
  (select reason from comply.retention_items
   where month = '2030-01-01 00:00+00' and state = 'refused' and table_name = 'storage_records'
     and detached_at is not null),
  'tenant test-globex is held for case 8', 'refuses it, though its time is over');
select is(pg_temp.months('test-acme') || ', ' || pg_temp.months('test-globex'), '01:20 02:20 03:20, 01:10',
  'and brings it back');
select set_eq(
  $$ select c.relname from pg_index as i join pg_class as c on c.oid = i.indexrelid
     join pg_inherits as h on h.inhrelid = i.indexrelid
     where i.indrelid = 'comply.storage_records_2030_01'::regclass and i.indisvalid $$,
  $$ select relname from index_before $$, 'with its indexes in their place');
select is_empty(
  $$ select * from comply.health()
     where name in ('partitions_guarded', 'tables_isolated', 'triggers_enabled') and status <> 'ok' $$,
  'guarded as ever');
select is_empty($$ select * from comply.destruction_certificates $$, 'nothing was destroyed until here');

-- Rules that change.
select comply.set_retention_policy('test-acme', '*', '10 years', 'another contract', 'delete') \g /dev/null
select is(
  pg_temp.as_login('test_admin', format('select comply.approve_retention(%L)', pg_temp.item('02'))), 'PC306',
  'what other rules planned is not approved');
set local session authorization test_operator;
set local role comply_operator;
select pg_temp.enforce();
reset session authorization;
select is(pg_temp.state('02'), 'REWRITE refused: rules or holds are not those that it was planned by',
  'and not carried out');
select comply.set_retention_policy('test-acme', '*', '30 days', 'a contract', 'delete') \g /dev/null

-- Held in the middle of a run: after the copy, and after the first batch.
set local session authorization test_operator;
set local role comply_operator;
select pg_temp.enforce();
reset session authorization;
select pg_temp.as_login('test_admin', format('select comply.approve_retention(%L)', i.id))
from comply.retention_items as i where i.state = 'planned' \g /dev/null
create function pg_temp.steps(month text, steps integer)
returns text
language sql
as $$
  select pg_temp.as_login('test_operator', format('select comply.advance_retention(%L)', pg_temp.item(steps.month)))
  from generate_series(1, steps.steps) as i;
  select pg_temp.state(steps.month);
$$;
select is(pg_temp.steps('02', 2), 'REWRITE verified', 'a copy is made of February');
select is(pg_temp.steps('03', 3), 'BATCH verified', 'a batch is gone of March');
select is(pg_temp.months('test-acme'), '01:20 02:20 03:13', 'seven rows');
select comply.place_hold('test-acme', 'case 9', 'a test') \g /dev/null
set local session authorization test_operator;
set local role comply_operator;
select pg_temp.enforce();
reset session authorization;
select is(pg_temp.state('02') || ', ' || pg_temp.state('03'),
  'REWRITE refused: tenant test-acme is held for case 9, BATCH refused: tenant test-acme is held for case 9',
  'a hold stops both');
select is(pg_temp.months('test-acme'), '01:20 02:20 03:13', 'where they are');
select is(to_regclass('comply_private.storage_records_2030_02'), null, 'the copy is gone');
select results_eq(
  $$ select verdict, rows_destroyed, rows_kept, covers_until from comply.destruction_certificates
     where tenant_id = 'test-acme' $$,
  $$ values ('BATCH', 7::bigint, 13::bigint, timestamptz '2030-03-10 06:00:00.000001+00') $$,
  'what was deleted has its certificate, up to where it went');

-- Withdrawn.
select comply.release_hold('test-acme', 'case 9', 'over') \g /dev/null
set local session authorization test_operator;
set local role comply_operator;
select pg_temp.enforce();
reset session authorization;
select is(
  pg_temp.as_login('test_admin', format('select comply.withdraw_retention(%L, %L)', pg_temp.item('02'), 'not yet')),
  'true', 'what is planned can be withdrawn');
select is(pg_temp.state('02'), 'REWRITE refused: withdrawn by test_admin: not yet', 'for a reason');
select is(
  (select count(*) > 5 from comply_private.admin_events where object = 'comply.retention_items'), true,
  'and all of it leaves a row with who did it');

select * from finish();
rollback;
