-- An actor that a service made up, and an UPDATE of more columns than a key can name: neither stops a change, and
-- both are found.
begin;
set local search_path = tap, pg_catalog;
select plan(5);
\ir ../two_tenants.psql

create temp table long_text as
select string_agg(md5(n::text), '') as actor
from generate_series(1, 1000) as n;

select set_config('comply.actor', l.actor, true) from long_text as l \g /dev/null
update comply.storage_records set metadata = '{"by": "a long name"}' where tenant_id = 'test-acme';

select is(
  (select count(*) from long_text as l cross join lateral comply.audit_search(actor => left(l.actor, 256)) as s),
  1::bigint,
  'a change on behalf of 32,000 characters is found by the 256 that comply.enter() would have taken');

insert into comply.audit_trail (
  tenant_id, id, "timestamp", table_name, record_id, operation, user_id, old_values, new_values, transaction_id)
select
  'test-acme', gen_random_uuid(), now(), 'storage_records', gen_random_uuid(), 'UPDATE', 'test_service',
  jsonb_object_agg('column ' || md5(n::text), 1), '{}', pg_current_xact_id()
from generate_series(1, 1500) as n;

select is(
  (select array_agg(distinct a.change) from comply.audit_trail as a where a.old_values ? ('column ' || md5('7'))),
  array['UPDATE storage_records *'],
  'an UPDATE of 1,500 columns has a short key');

select is(
  (select count(*) from comply.audit_search(changed_column => 'column ' || md5('1500'))), 1::bigint,
  'and is found by one of them');

select is(
  (select count(*) from comply.audit_search(changed_column => 'column ' || md5('1501'))), 0::bigint,
  'though not by one that it left alone');

select is(
  (select cardinality(s.changed_columns) from comply.audit_search(changed_column => 'column ' || md5('1')) as s),
  1500,
  'it names them all');

select * from finish();
rollback;
