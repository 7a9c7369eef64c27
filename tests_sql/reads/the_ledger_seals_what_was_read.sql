begin;
set local search_path = tap, pg_catalog;
select plan(7);
\ir ../two_tenants.psql

create temp table fingerprint as select comply_private.ledger_fingerprint() as value;
update comply.tenant_configs set audit_level = 'verbose' where tenant_id = 'test-acme';

select is((select f.value from fingerprint as f), comply_private.ledger_fingerprint(),
  'a tenant that becomes verbose changes nothing that the ledger watches');

create policy storage_records_opened on comply.storage_records for select to comply_app using (true);
select isnt((select f.value from fingerprint as f), comply_private.ledger_fingerprint(), 'another policy does');
drop policy storage_records_opened on comply.storage_records;
create policy storage_records_staff_reads_noted on comply.tenant_configs for select to comply_app using (true);
select isnt((select f.value from fingerprint as f), comply_private.ledger_fingerprint(),
  'also one that borrows the name and lets everybody read');
drop policy storage_records_staff_reads_noted on comply.tenant_configs;

select set_eq('select comply_private.ledger_streams()', array['audit_trail', 'access_log'], 'both streams are sealed');

-- A vector, as docs/ledger.md has it.
select is(
  encode(comply_private.access_log_leaf(row(
    'acme', '01a2089b-fa32-73b9-8000-00019097a66c', '2026-11-23 13:32:49.58717+00', 'storage_records', 'service',
    null, 'ana', '00000000-0000-4000-8000-000000000001', '192.0.2.1', 'psql', -42, 'select ?', 7, '2166'
  )::comply.access_log), 'hex'),
  'ec130b49709f3be165939bd00435878fd1603a106073d62185a5b2b207e81b49',
  'a row has its leaf, on every version and in every setting');

set local session authorization test_service;
select comply.enter('test-acme');
select count(*) from comply.storage_records \g /dev/null
reset session authorization;

create temp table leaf as
select l.id, comply_private.access_log_leaf(l) as value
from comply.access_log as l
where l.transaction_id = pg_current_xact_id();

set local time zone 'Pacific/Pago_Pago';
set local datestyle = 'German';
set local bytea_output = 'escape';

select is(
  (select f.value from leaf as f),
  (select comply_private.access_log_leaf(l) from comply.access_log as l join leaf as f using (id)),
  'no setting changes it');

-- Each column is in it: the row with one of its fields changed, as jsonb.
select set_eq(
  $$
    select c.name
    from leaf as f
    join comply.access_log as l using (id)
    cross join lateral (
      values
        ('tenant_id', '"x"'), ('id', '"00000000-0000-7000-8000-000000000000"'), ('timestamp', '"2000-01-01"'),
        ('table_name', '"x"'), ('user_id', '"x"'), ('active_role', '"x"'), ('actor', '"x"'),
        ('correlation_id', '"00000000-0000-4000-8000-000000000000"'), ('ip_address', '"192.0.2.1"'),
        ('user_agent', '"x"'), ('query_id', '1'), ('query_text', '"x"'), ('seq', '0'), ('transaction_id', '"1"')
    ) as c (name, value)
    where comply_private.access_log_leaf(
      jsonb_populate_record(l, jsonb_build_object(c.name, c.value::jsonb))) <> f.value
  $$,
  $$
    select a.attname::text
    from pg_attribute as a
    where a.attrelid = 'comply.access_log'::regclass
      and a.attnum > 0
      and not a.attisdropped
  $$,
  'each column is in it');

select * from finish();
rollback;
