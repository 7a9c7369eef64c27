-- A constraint's own error is the interface: its name has to say which rule was broken.
begin;
set local search_path = tap, pg_catalog;
select plan(42);

insert into comply.tenant_configs (tenant_id, display_name) values ('test-acme', 'Acme');

create function pg_temp.violated(statement text)
returns text
language plpgsql
as $$
declare
  v_constraint text;
  v_state      text;
begin
  execute statement;
  return 'nothing';
exception
  when integrity_constraint_violation or sqlstate 'PC003' or sqlstate 'PC101' or sqlstate 'PC102'
    or sqlstate 'PC103' or sqlstate 'PC106' then
    get stacked diagnostics v_constraint = constraint_name;
    return v_constraint;
  when not_null_violation then
    get stacked diagnostics v_constraint = column_name;
    return v_constraint;
end;
$$;

-- A good record, of which each test spoils one column.
create function pg_temp.record_with(column_name text, literal text)
returns text
language sql
as $$
  select format(
    'insert into comply.storage_records (%s) values (%s)',
    string_agg(quote_ident(g.name), ', '),
    string_agg(case when g.name = column_name then literal else g.value end, ', '))
  from (
    values
      ('tenant_id', '''test-acme'''),
      ('source_data_hash', 'repeat(''0f'', 32)'),
      ('detector_type', '''presidio'''),
      ('model_version', '''v1'''),
      ('mapped_data', '''{"labels": ["PII.Other"]}'''),
      ('taxonomy_version', '1'),
      ('confidence_score', '0.5'),
      ('metadata', '''{}'''),
      ('blob_path', 'null'),
      ('azure_region', '''westeurope'''),
      ('encrypted', 'false'),
      ('backup_status', '''pending''')
  ) as g (name, value);
$$;

select is(pg_temp.violated(pg_temp.record_with('', '')), 'nothing', 'the good record goes in');

select is(
  pg_temp.violated(pg_temp.record_with(c.name, c.literal)), c.rule,
  format('%s = %s breaks %s', c.name, c.literal, c.rule))
from (
  values
    ('tenant_id', '''''', 'storage_records_tenant_id_check'),
    ('tenant_id', '''Acme''', 'storage_records_tenant_id_check'),
    ('tenant_id', '''-acme''', 'storage_records_tenant_id_check'),
    ('tenant_id', 'repeat(''a'', 64)', 'storage_records_tenant_id_check'),
    ('tenant_id', '''test-nobody''', 'storage_records_tenant_known'),
    ('source_data_hash', '''0f''', 'storage_records_source_data_hash_check'),
    ('source_data_hash', 'repeat(''0F'', 32)', 'storage_records_source_data_hash_check'),
    ('source_data_hash', 'repeat(''zz'', 32)', 'storage_records_source_data_hash_check'),
    ('detector_type', '''nobody''', 'storage_records_detector_known'),
    ('model_version', ''' ''', 'storage_records_model_version_check'),
    ('mapped_data', '''[]''', 'storage_records_mapped_data_labels_check'),
    ('mapped_data', '''{}''', 'storage_records_mapped_data_labels_check'),
    ('mapped_data', '''{"labels": []}''', 'storage_records_mapped_data_labels_check'),
    ('mapped_data', '''{"labels": "PII.Other"}''', 'storage_records_mapped_data_labels_check'),
    ('mapped_data', '''{"labels": ["PII.Nothing"]}''', 'storage_records_labels_known'),
    ('mapped_data', '''{"labels": ["PII.Other", null]}''', 'storage_records_labels_known'),
    ('mapped_data', '''{"labels": [7]}''', 'storage_records_labels_known'),
    ('taxonomy_version', '99', 'storage_records_labels_known'),
    ('confidence_score', '7', 'storage_records_confidence_score_check'),
    ('confidence_score', '-0.1', 'storage_records_confidence_score_check'),
    ('confidence_score', '''NaN''', 'storage_records_confidence_score_check'),
    ('metadata', '''[]''', 'storage_records_metadata_check'),
    ('metadata', '''7''', 'storage_records_metadata_check'),
    ('blob_path', '''''', 'storage_records_blob_path_check'),
    ('azure_region', '''West Europe''', 'storage_records_azure_region_check'),
    ('backup_status', '''done''', 'storage_records_backup_status_check')
) as c (name, literal, rule);

select is(
  pg_temp.violated(pg_temp.record_with('confidence_score', 'null')), 'nothing',
  'a detector that gives no confidence leaves it out');

-- What the tenant's settings demand

update comply.tenant_configs set detectors_denied = '{presidio}' where tenant_id = 'test-acme';
select is(
  pg_temp.violated(pg_temp.record_with('', '')), 'storage_records_detector_allowed',
  'a denied detector''s result is refused');

update comply.tenant_configs set detectors_denied = '{}', detectors_allowed = '{regex-pii}'
where tenant_id = 'test-acme';
select is(
  pg_temp.violated(pg_temp.record_with('', '')), 'storage_records_detector_allowed',
  'and so is that of one that is not on the allow list');

update comply.tenant_configs set detectors_allowed = null, encryption_required = true where tenant_id = 'test-acme';
select is(
  pg_temp.violated(pg_temp.record_with('', '')), 'storage_records_encryption_required',
  'a tenant that demands encryption takes no plain record');
select is(
  pg_temp.violated(pg_temp.record_with('encrypted', 'true')), 'nothing',
  'and takes an encrypted one');

-- Tenants, executions, metrics

select is(pg_temp.violated(c.statement), c.rule, format('%s refuses what breaks it', c.rule))
from (
  values
    ($$ insert into comply.tenant_configs (tenant_id, display_name) values ('Test', 'x') $$,
     'tenant_configs_tenant_id_check'),
    ($$ insert into comply.tenant_configs (tenant_id, display_name) values ('test-x', ' ') $$,
     'tenant_configs_display_name_check'),
    ($$ update comply.tenant_configs set confidence_threshold = 1.1 where tenant_id = 'test-acme' $$,
     'tenant_configs_confidence_threshold_check'),
    ($$ update comply.tenant_configs set storage_retention_days = 0 where tenant_id = 'test-acme' $$,
     'tenant_configs_storage_retention_days_check'),
    ($$ update comply.tenant_configs set audit_level = 'loud' where tenant_id = 'test-acme' $$,
     'tenant_configs_audit_level_check'),
    ($$ update comply.tenant_configs set detectors_denied = '{nobody}' where tenant_id = 'test-acme' $$,
     'tenant_configs_detectors_known'),
    ($$ update comply.tenant_configs set taxonomy_overrides = '{"presidio": {"PII": "PII.Nothing"}}'
        where tenant_id = 'test-acme' $$,
     'tenant_configs_overrides_known'),
    ($$ insert into comply.detector_executions (tenant_id, detector_type, model_version, latency_ms, success,
        error_message) values ('test-acme', 'presidio', 'v1', 3, true, 'but no') $$,
     'detector_executions_error_message_check'),
    ($$ insert into comply.model_metrics (tenant_id, model_version, metric_name, metric_value)
        values ('test-acme', 'v1', 'drift', 'NaN') $$,
     'model_metrics_metric_value_check'),
    ($$ insert into comply.model_metrics (tenant_id, model_version, metric_name, metric_value)
        values ('test-nobody', 'v1', 'drift', 1) $$,
     'model_metrics_tenant_known')
) as c (statement, rule);

select * from finish();
rollback;
