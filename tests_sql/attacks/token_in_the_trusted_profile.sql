-- Two ways to say the tenant at once: whoever gets the one past the check of the other has both.
begin;
set local search_path = tap, pg_catalog;
select plan(4);
\ir ../strict_profile.psql

select pg_temp.token(tenant => 'test-globex') as token \gset
select is(pg_temp.tenants_seen(:'token'), 'test-globex', 'in the strict profile a token opens its tenant');

do $$
begin
  perform comply.set_profile('trusted');
end;
$$;

select is(pg_temp.tenants_seen(:'token'), 'none', 'in the trusted profile it opens nothing by itself');

set local comply.token = :'token';

select is(
  pg_temp.attempt(
    'test_service', 'test-acme',
    $$ select from comply.storage_records where tenant_id = 'test-globex' $$),
  '0',
  'nor beside a tenant that was entered');

update comply_private.context_settings set profile = 'strict';

select is(
  pg_temp.tenants_seen(:'token'), 'test-globex',
  'only the settings decide which of the two counts');

select * from finish();
rollback;
