-- In the strict profile a service, or an injected statement of it, names the tenant as it would in the
-- trusted one: by the setting, by comply.enter(), by both.
begin;
set local search_path = tap, pg_catalog;
select plan(7);
\ir ../strict_profile.psql

set local comply.tenant_id = 'test-globex';

select is(
  pg_temp.attempt('test_service', null, $$ select from comply.storage_records $$), '0',
  'the setting opens nothing');

select is(
  pg_temp.tenants_seen(pg_temp.token()), 'test-acme',
  'nor does it reach past a token of another tenant');

select is(
  pg_temp.attempt('test_service', 'test-globex', $$ select $$), 'PC005',
  'comply.enter() asks for a token');

select is(
  pg_temp.attempt('test_service', 'test-nobody', $$ select $$), 'PC005',
  'whether the tenant exists or not, so it tells of none');

select is(
  pg_temp.attempt('test_service', null, $$ select comply.set_profile('trusted') $$), '42501',
  'a service does not choose the profile');

update comply_private.context_settings set profile = 'trusted';

select is(
  pg_temp.attempt('test_service', null, $$ select from comply.storage_records $$), '1',
  'in the trusted profile the setting would have opened the tenant');

delete from comply_private.context_settings;

select is(
  pg_temp.attempt('test_service', null, $$ select from comply.storage_records $$), '0',
  'and settings that are lost mean strict');

select * from finish();
rollback;
