-- A payload of a megabyte goes through the trail as it is.
begin;
set local search_path = tap, pg_catalog;
select plan(3);
\ir ../two_tenants.psql
\ir ../changes.psql

select is(
  pg_temp.left_by($$
    update comply.storage_records
    set metadata = jsonb_build_object('payload', (
      select string_agg(md5(i::text), '') from generate_series(1, 32768) as i))
    where tenant_id = 'test-acme'
  $$),
  'UPDATE 1', 'a megabyte of metadata leaves one row');

select is(
  octet_length(h.after -> 'metadata' ->> 'payload'), 1048576, 'with the whole of it')
from comply.record_history('storage_records', '00000000-0000-7000-8000-00000000000a') as h
where h.operation = 'UPDATE';

select is(
  (select h.after -> 'metadata'
   from comply.record_history('storage_records', r.id) as h
   where h.operation = 'UPDATE'),
  r.metadata, 'unchanged')
from comply.storage_records as r
where r.tenant_id = 'test-acme';

select * from finish();
rollback;
