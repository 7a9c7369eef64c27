-- Statement triggers fire in their own way for each kind of statement; what they leave must not depend on it.
begin;
set local search_path = tap, pg_catalog;
select plan(22);
\ir ../two_tenants.psql
\ir ../changes.psql

select is(pg_temp.left_by(pg_temp.insert_of(1)), 'INSERT 1', 'an insert leaves one row');

select is(
  pg_temp.left_by($$
    insert into comply.storage_records (
      tenant_id, id, source_data_hash, detector_type, model_version, mapped_data)
    values
      ('test-acme', '00000000-0000-7000-8000-000000000102', repeat('d', 64), 'presidio', 'test-1',
       '{"labels": ["PII.Other"]}'),
      ('test-acme', '00000000-0000-7000-8000-000000000103', repeat('e', 64), 'presidio', 'test-1',
       '{"labels": ["PII.Other"]}')
  $$),
  'INSERT 2', 'one of two rows leaves two');

select is(
  pg_temp.left_by($$
    update comply.storage_records
    set azure_region = 'westeurope'
    where tenant_id = 'test-acme'
  $$),
  'UPDATE 4', 'an update leaves one for each row that it changed');

select is(
  pg_temp.left_by($$ update comply.storage_records set azure_region = 'eastus' where tenant_id = 'nobody' $$),
  'nothing', 'an update of no row leaves nothing');

select is(
  pg_temp.left_by($$ update comply.storage_records set azure_region = azure_region, metadata = metadata $$),
  'nothing', 'nor does one that changes no value');

select is(
  pg_temp.left_by($$
    update comply.storage_records
    set metadata = case when tenant_id = 'test-acme' then '{"a": 1.00}' else metadata end
  $$),
  'UPDATE 4', 'of many rows only those count whose values changed');

select is(
  pg_temp.left_by($$
    update comply.storage_records
    set metadata = '{"a": 1.0}'
    where tenant_id = 'test-acme'
  $$),
  'UPDATE 4', '1.00 and 1.0 are different, though jsonb finds them equal');

select is(
  pg_temp.left_by(pg_temp.insert_of(1) || ' on conflict do nothing'), 'nothing',
  'an insert that does nothing on conflict leaves nothing');

select is(
  pg_temp.left_by(pg_temp.insert_of(1) || '
    on conflict (tenant_id, "timestamp", id) do update set azure_region = ''northeurope'''),
  'UPDATE 1', 'one that updates on conflict leaves an update');

select is(
  pg_temp.left_by(pg_temp.insert_of(1) || '
    on conflict (tenant_id, "timestamp", id) do update set azure_region = ''northeurope'''),
  'nothing', 'but nothing where that changed no value');

select is(
  pg_temp.left_by(pg_temp.insert_of(4) || '
    on conflict (tenant_id, "timestamp", id) do update set azure_region = ''northeurope'''),
  'INSERT 1', 'and an insert where there was no conflict');

select is(
  pg_temp.left_by($$
    merge into comply.storage_records as r
    using (
      values
        ('00000000-0000-7000-8000-000000000101'::uuid, 'change'),
        ('00000000-0000-7000-8000-000000000102', 'remove'),
        ('00000000-0000-7000-8000-000000000105', 'make')
    ) as w (id, what)
    on r.id = w.id and r.tenant_id = 'test-acme'
    when matched and w.what = 'change' then
      update set azure_region = 'francecentral'
    when matched then
      delete
    when not matched then
      insert (tenant_id, id, source_data_hash, detector_type, model_version, mapped_data)
      values ('test-acme', w.id, repeat('e', 64), 'presidio', 'test-1', '{"labels": ["PII.Other"]}')
  $$),
  'DELETE 1, INSERT 1, UPDATE 1', 'a merge leaves what each of its branches did');

select is(
  pg_temp.left_by($$
    with gone as (
      delete from comply.storage_records where id = '00000000-0000-7000-8000-000000000105' returning tenant_id
    )
    update comply.storage_records as r
    set azure_region = 'uksouth'
    from gone as g
    where r.tenant_id = g.tenant_id
      and r.id = '00000000-0000-7000-8000-000000000101'
  $$),
  'DELETE 1, UPDATE 1', 'one statement with two commands leaves both');

create function pg_temp.change_three_times()
returns void
language plpgsql
as $$
begin
  for n in 1..3 loop
    update comply.storage_records
    set metadata = jsonb_build_object('step', n)
    where id = '00000000-0000-7000-8000-000000000101';
  end loop;
end;
$$;

select is(
  pg_temp.left_by('select pg_temp.change_three_times()'), 'UPDATE 3',
  'three updates in a function leave three');

select results_eq(
  $$
    select a.old_values -> 'metadata', a.new_values -> 'metadata'
    from comply.audit_trail as a
    where a.record_id = '00000000-0000-7000-8000-000000000101'
    order by a.id desc
    limit 3
  $$,
  $$
    values
      ('{"step": 2}'::jsonb, '{"step": 3}'::jsonb),
      ('{"step": 1}', '{"step": 2}'),
      ('{"a": 1.0}', '{"step": 1}')
  $$,
  'each with its own before and after');

select is(
  pg_temp.left_by($$ delete from comply.storage_records where tenant_id = 'test-acme' $$), 'DELETE 4',
  'a delete leaves one for each row');

select is(
  pg_temp.left_by($$ delete from comply.storage_records where tenant_id = 'test-acme' $$), 'nothing',
  'a delete of no row leaves nothing');

-- COPY cannot be run by EXECUTE, and row level security keeps it from all but superusers.
copy comply.storage_records (
  tenant_id, id, source_data_hash, detector_type, model_version, mapped_data) from stdin;
test-acme	00000000-0000-7000-8000-000000000106	ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff	presidio	test-1	{"labels": ["PII.Other"]}
test-acme	00000000-0000-7000-8000-000000000107	eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee	presidio	test-1	{"labels": ["PII.Other"]}
\.

select results_eq(
  $$
    select a.operation, a.new_values ->> 'id'
    from comply.audit_trail as a
    where a.record_id in ('00000000-0000-7000-8000-000000000106', '00000000-0000-7000-8000-000000000107')
    order by a.id
  $$,
  $$
    values
      ('INSERT', '00000000-0000-7000-8000-000000000106'),
      ('INSERT', '00000000-0000-7000-8000-000000000107')
  $$,
  'COPY leaves one row for each line, in the order of the lines');

select is(
  pg_temp.left_by($$
    insert into comply.detector_executions (tenant_id, detector_type, model_version, latency_ms, success)
    values ('test-acme', 'presidio', 'test-1', 1, true), ('test-acme', 'presidio', 'test-1', 2, true)
  $$),
  'INSERT 2', 'detector_executions is audited as well');

select is(
  pg_temp.left_by($$ update comply.model_metrics set metric_value = 0.5 where tenant_id = 'test-acme' $$),
  'UPDATE 1', 'so is model_metrics');

select is(
  pg_temp.left_by($$
    update comply.tenant_configs
    set display_name = 'Acme Inc.'
    where tenant_id = 'test-acme'
  $$),
  'UPDATE 1', 'so is tenant_configs');

select is_empty(
  $$
    select a.id
    from comply.audit_trail as a
    where a.transaction_id = pg_current_xact_id()
    group by a.id
    having count(*) > 1
  $$,
  'no id is there twice');

select * from finish();
rollback;
