-- Writes a batch of audit rows of one month as the triggers would have, in the order of time: tenant t0000 has
-- half of them, 999 others the rest. One transaction a batch. Parameters: month, batch, batches, rows.
insert into comply.audit_trail (
  tenant_id, id, "timestamp", table_name, record_id, operation, user_id, actor, new_values, correlation_id,
  ip_address, user_agent, transaction_id)
select
  r.tenant_id,
  (
    comply_private.audit_id_head((date_part('epoch', r.at) * 1000000)::bigint)
    || lpad(to_hex(1), 7, '0')
    || comply_private.audit_id_tail()
  )::uuid,
  r.at,
  'storage_records',
  r.record_id,
  'INSERT',
  'detector-service',
  'user-' || mod(r.n, 100),
  jsonb_build_object(
    'id', r.record_id,
    'tenant_id', r.tenant_id,
    'timestamp', r.at,
    'source_data_hash', encode(sha256(r.n::text::bytea), 'hex'),
    'detector_type', 'presidio',
    'model_version', '2.2.354',
    'mapped_data', jsonb_build_object('labels', jsonb_build_array('PII.Person.Name')),
    'confidence_score', round(mod(r.n, 1000) / 1000.0, 3),
    'metadata', '{}'::jsonb,
    'encrypted', false,
    'updated_at', r.at,
    'correlation_id', r.record_id),
  r.record_id,
  '10.1.2.3',
  'detector-service/1.4',
  pg_current_xact_id()
from (
  select
    g.n,
    case when random() < 0.5 then 't0000' else 't' || lpad((1 + floor(random() * 999))::text, 4, '0') end as tenant_id,
    %(month)s::timestamptz
      + (%(batch)s + (g.n - 1) / %(rows)s::float8) / %(batches)s
      * (%(month)s::timestamptz + interval '1 month' - %(month)s::timestamptz) as at,
    gen_random_uuid() as record_id
  from generate_series(1, %(rows)s) as g (n)
) as r
