-- An archive may be purged when its time is over, but not while a month is about to be destroyed because it has it.
begin;
set local search_path = tap, pg_catalog;
select plan(6);
\ir ../old_months.psql

select comply.set_retention_policy('test-acme', '*', '30 days', 'a contract', needs_approval => false) \g /dev/null
select pg_temp.fill('test-acme', '2030-01-10', 20);

select pg_temp.enforce();
select comply.archive_to_table('storage_records', 'test-acme', '2030-01-01 00:00+00', '2030-02-01 00:00+00', '1 day')
  as archive \gset
select comply.verify_archive('test-acme', :'archive') \g /dev/null
select pg_temp.enforce();
select matches(pg_temp.state('01'), '^DROP grace', 'a month is out of its table, as an archive has it');

set local comply.now = '2030-06-18 12:00+00';
select throws_ok(
  format('select comply.purge_archive(%L, %L)', 'test-acme', :'archive'), 'PC319', null,
  'whose time is over, and which is not purged');

select comply.withdraw_retention(pg_temp.item('01'), 'not yet') \g /dev/null
select is(pg_temp.months('test-acme'), '01:20', 'the month comes back');
select pg_temp.enforce();
select pg_temp.enforce();
set local comply.now = '2030-06-29 12:00+00';
select pg_temp.enforce();
select is(pg_temp.months('test-acme'), null, 'goes again, and is destroyed');
select results_eq(
  $$ select d.archive_ids from comply.destruction_certificates as d where d.tenant_id = 'test-acme' $$,
  format('values (array[%L]::uuid[])', :'archive'),
  'the certificate names the archive');
select is(comply.purge_archive('test-acme', :'archive'), true, 'which then is purged, since nothing waits for it');

select * from finish();
rollback;
