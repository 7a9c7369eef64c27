-- The level is read from the table at the time of the change; no setting of a session touches it.
begin;
set local search_path = tap, pg_catalog;
select plan(11);
\ir ../two_tenants.psql
\ir ../changes.psql

create function pg_temp.live(id uuid)
returns void
language plpgsql
as $$
begin
  insert into comply.storage_records (
    tenant_id, id, source_data_hash, detector_type, model_version, mapped_data)
  values ('test-acme', live.id, repeat('e', 64), 'presidio', 'test-1', '{"labels": ["PII.Other"]}');

  update comply.storage_records as r
  set azure_region = 'uksouth', metadata = '{"a": 1}'
  where r.id = live.id;

  delete from comply.storage_records as r
  where r.id = live.id;
end;
$$;

create view pg_temp.kept as
select a.record_id, a.operation, a.old_values, a.new_values
from comply.audit_trail as a
where a.table_name = 'storage_records'
order by a.id;

select is(c.audit_level, 'standard', 'the level of a tenant is standard')
from comply.tenant_configs as c
where c.tenant_id = 'test-acme';

select pg_temp.live('00000000-0000-7000-8000-000000000301');

select is(
  array(select k.name from jsonb_object_keys(e.old_values) as k (name) order by k.name),
  array['azure_region', 'metadata', 'updated_at'],
  'standard keeps the columns that an update changed, as they were')
from pg_temp.kept as e
where e.record_id = '00000000-0000-7000-8000-000000000301'
  and e.operation = 'UPDATE';

select results_eq(
  $$
    select e.operation, (select count(*) from jsonb_object_keys(e.old_values)),
      (select count(*) from jsonb_object_keys(e.new_values))
    from pg_temp.kept as e
    where e.record_id = '00000000-0000-7000-8000-000000000301'
      and e.operation <> 'UPDATE'
  $$,
  $$ values ('INSERT', 0::bigint, 19::bigint), ('DELETE', 19, 0) $$,
  'and the whole row of an insert and of a delete');

update comply.tenant_configs set audit_level = 'minimal' where tenant_id = 'test-acme';
select pg_temp.live('00000000-0000-7000-8000-000000000302');

select results_eq(
  $$
    select e.operation, e.old_values, e.new_values
    from pg_temp.kept as e
    where e.record_id = '00000000-0000-7000-8000-000000000302'
  $$,
  $$
    values
      ('INSERT', null::jsonb, null::jsonb),
      ('UPDATE', '{"azure_region": null, "metadata": null, "updated_at": null}', null),
      ('DELETE', null, null)
  $$,
  'minimal keeps that it happened, and the names of the columns');

select is(pg_temp.left_by(pg_temp.insert_of(1)), 'INSERT 1', 'a row that goes by TRUNCATE');
select is(pg_temp.left_by('truncate comply.storage_records') ~ '^TRUNCATE \d+$', true, 'is told of');
select is(
  (select e.old_values from pg_temp.kept as e
   where e.record_id = '00000000-0000-7000-8000-000000000101' and e.operation = 'TRUNCATE'),
  null, 'without an image too');

update comply.tenant_configs set audit_level = 'verbose' where tenant_id = 'test-acme';
select pg_temp.live('00000000-0000-7000-8000-000000000303');

select is(
  (select count(*) from jsonb_object_keys(e.old_values)), 19::bigint,
  'verbose keeps the whole row from before an update')
from pg_temp.kept as e
where e.record_id = '00000000-0000-7000-8000-000000000303'
  and e.operation = 'UPDATE';

set local comply.audit_level = 'minimal';
select pg_temp.live('00000000-0000-7000-8000-000000000304');

select is(
  (select count(*) from pg_temp.kept as e
   where e.record_id = '00000000-0000-7000-8000-000000000304' and num_nulls(e.old_values, e.new_values) < 2),
  3::bigint, 'a setting of that name does nothing');

update comply.tenant_configs set audit_level = 'minimal' where tenant_id = 'test-globex';

select results_eq(
  $$
    insert into comply.storage_records (
      tenant_id, source_data_hash, detector_type, model_version, mapped_data)
    select t.tenant_id, repeat('1', 64), 'presidio', 'test-1', '{"labels": ["PII.Other"]}'
    from unnest(array['test-globex', 'test-acme']) as t (tenant_id)
    returning tenant_id
  $$,
  array['test-globex', 'test-acme'], 'rows of two tenants in one statement');

select set_eq(
  $$
    select e.new_values ->> 'tenant_id'
    from pg_temp.kept as e
    where e.operation = 'INSERT'
      and e.new_values ->> 'source_data_hash' = repeat('1', 64)
  $$,
  array['test-acme'], 'are kept at the level of each');

select * from finish();
rollback;
