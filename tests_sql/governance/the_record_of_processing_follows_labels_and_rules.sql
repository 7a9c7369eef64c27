begin;
set local search_path = tap, pg_catalog;
select plan(19);
\ir ../two_tenants.psql

create role test_admin login in role comply_admin;

select set_eq(
  $$ select distinct activity, role from comply.processing_record() $$,
  $$ values ('Detector results', 'processor'), ('Accountability', 'processor') $$,
  'an installation has what every platform does');
select results_eq(
  $$
    select table_name, subject_kinds, classification, 'subject_id' = any (personal_columns), kept_for
    from comply.processing_record('test-acme')
    where table_name = 'storage_records'
  $$,
  $$ values ('storage_records', '{end user}'::text[], 'restricted', true, interval '365 days') $$,
  'whose data it is follows from labels, how long it is kept from rules');

select comply.set_retention_policy('test-acme', 'storage_records', '30 days', 'a contract')
\g /dev/null
select is(
  (select kept_for from comply.processing_record('test-acme') where table_name = 'storage_records'), interval '30 days',
  'also when these change');

set local session authorization test_admin;
select ok(
  comply.set_processing_activity(
    'test-acme', 'Training', 'controller', 'Train a model', 'GDPR article 6(1)(f)', 'Acme, dpo@acme.example',
    '{storage_records}', 'As detector results'),
  'a tenant has an activity of its own');
select ok(
  not comply.set_processing_activity(
    'test-acme', 'Training', 'controller', 'Train a model', 'GDPR article 6(1)(f)', 'Acme, dpo@acme.example',
    '{storage_records}', 'As detector results'),
  'twice changes nothing');
select ok(comply.set_recipient('test-acme', 'Training', 'A model provider', 'US', 'training', 'standard clauses'),
  'and a recipient');
reset session authorization;

select is(
  (select set_by from comply.processing_activities where name = 'Training'), 'test_admin', 'who set it is not chosen');
select is(
  (select recipients from comply.processing_record('test-acme') where activity = 'Training'),
  '[{"recipient": "A model provider", "country": "US", "safeguard": "standard clauses", "reason": "training"}]',
  'it is in the record');

select is(
  pg_temp.attempt('test_service', 'test-acme', $$ select from comply.processing_record() where activity = 'Training' $$),
  '1', 'a tenant sees its own');
select isnt(
  pg_temp.attempt('test_service', 'test-acme', $$ select from comply.processing_record() where tenant = '*' $$),
  '0', 'and what is done for every tenant');
select is(
  pg_temp.attempt('test_service', 'test-globex', $$ select from comply.processing_record() where activity = 'Training' $$),
  '0', 'another does not see it');

select is(
  pg_temp.attempt('test_service', 'test-acme',
    $$ select comply.drop_recipient('test-acme', 'Training', 'A model provider', 'US') $$),
  '42501', 'a service drops no recipient');
set local session authorization test_admin;
select ok(not comply.drop_recipient('test-acme', 'Training', 'A model provider', 'DE'), 'nor is one in another country');
select ok(comply.drop_recipient('test-acme', 'Training', 'A model provider', 'US'),
  'who does not get it any more, an administrator takes out');
reset session authorization;
select is(
  (select recipients from comply.processing_record('test-acme') where activity = 'Training'), '[]',
  'and it is in the record no more');
select isnt_empty(
  $$
    select
    from comply_private.admin_events as e
    where e.object = 'comply.processing_recipients'
      and e.old_values ->> 'recipient' = 'A model provider'
      and e.new_values is null
      and e.user_id = 'test_admin'
  $$,
  'but among what administrators did');

select throws_ok(
  $$ select comply.set_processing_activity('*', 'a', 'processor', 'b', null, 'c', '{nothing}', 'd') $$, 'PC617', null,
  'a table that is none is refused');
select throws_ok(
  $$ select comply.set_recipient('*', 'nothing', 'a', 'DE', 'b') $$, 'PC617', null, 'and an activity that is none');
select throws_ok(
  $$ select comply.set_recipient('*', 'Accountability', 'a', 'Germany', 'b') $$, '23514', null,
  'a country has two letters');

select * from finish();
rollback;
