-- A partition that is detached leaves its parent's policies for good. What it keeps decides who reads it
-- while it waits for the archive.
begin;
set local search_path = tap, pg_catalog;
select plan(6);
\ir ../two_tenants.psql

select tableoid::regclass as partition from comply.storage_records where tenant_id = 'test-globex' \gset
alter table comply.storage_records detach partition :partition;

select is(
  pg_temp.attempt(
    r, case when r = 'test_service' then 'test-acme' end,
    format('select from %s', :'partition')),
  '42501',
  format('%s does not read a detached partition', r))
from unnest(array['test_service', 'comply_admin']) as r;

select is(
  pg_temp.attempt('comply_owner', null, format('select from %s', :'partition')), '0',
  'its owner finds it empty, until it says that row level security is no longer forced');

select isnt_empty(
  format($$ select from %s where tenant_id = 'test-globex' $$, :'partition'),
  'although the rows are there');

delete from :partition where tenant_id = 'test-globex';

select isnt_empty(
  $$
    select
    from comply.audit_trail
    where operation = 'DELETE'
      and record_id = '00000000-0000-7000-8000-00000000000b'
  $$,
  'a superuser who deletes them is in the trail, for the triggers stay with the partition');

grant select on :partition to comply_app;
alter table :partition disable row level security;

select is(
  pg_temp.attempt(
    'test_service', 'test-globex',
    format('select from %s where tenant_id = %L', :'partition', 'test-acme')),
  '1',
  'granted and open it would have been every tenant''s to read');

select * from finish();
rollback;
