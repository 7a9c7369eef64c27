-- Audit rows as an insert into storage_records makes them, without the insert: what is measured begins after it.

create schema bench;

create function bench.add_audit_rows(rows integer, tenants integer)
returns void
language sql
begin atomic
  insert into comply.audit_trail (
    tenant_id, id, "timestamp", table_name, record_id, operation, user_id, actor, new_values, correlation_id,
    transaction_id)
  select
    't' || case when i % 2 = 0 then 0 else (i / 2) % add_audit_rows.tenants end,
    comply.new_id(),
    clock_timestamp(),
    'storage_records',
    gen_random_uuid(),
    'INSERT',
    'service',
    'gateway',
    jsonb_build_object(
      'tenant_id', 't' || i % add_audit_rows.tenants, 'id', gen_random_uuid(), 'timestamp', clock_timestamp(),
      'source_data_hash', encode(sha256(int4send(i)), 'hex'), 'detector_type', 'openai-moderation',
      'model_version', 'omni-moderation-2024-09-26', 'mapped_data', '{"labels": ["HARM.SPEECH.Insult"]}'::jsonb,
      'confidence_score', i / 1e6, 'metadata', '{"channel": "chat"}'::jsonb, 'azure_region', 'westeurope',
      'encrypted', false, 'correlation_id', gen_random_uuid(), 'created_at', clock_timestamp()),
    gen_random_uuid(),
    pg_current_xact_id()
  from generate_series(1, add_audit_rows.rows) as i;
end;

create function bench.canonical_bytes(audit_row comply.audit_trail)
returns bytea
language sql
stable
return '\x0001'::bytea || record_send(row(
  1, convert_to(audit_row.tenant_id, 'UTF8'), audit_row.id, audit_row."timestamp",
  convert_to(audit_row.table_name, 'UTF8'), audit_row.record_id, convert_to(audit_row.operation, 'UTF8'),
  convert_to(audit_row.user_id, 'UTF8'), convert_to(audit_row.actor, 'UTF8'), audit_row.correlation_id,
  audit_row.transaction_id, audit_row.salt, convert_to(audit_row.new_values::text, 'UTF8')));

create function bench.add_records(rows integer)
returns void
language sql
begin atomic
  insert into comply.storage_records (
    tenant_id, source_data_hash, detector_type, model_version, mapped_data, confidence_score, metadata)
  select
    comply.current_tenant(), encode(sha256(int4send(i)), 'hex'), 'openai-moderation', 'omni-moderation-2024-09-26',
    '{"labels": ["HARM.SPEECH.Insult"]}', 0.9, '{"channel": "chat"}'
  from generate_series(1, add_records.rows) as i;
end;
