-- As comply_private.audit_trail_leaf(), under a tag of its own, so that no read passes for a change:
-- docs/ledger.md writes the bytes down, and a change is a new version. There is nothing to redact: no image,
-- no literal.
create or replace function comply_private.access_log_leaf(access_row comply.access_log)
returns bytea
language sql
stable
parallel safe
return sha256('\x0006'::bytea || record_send(row(
  1,
  convert_to(access_row.tenant_id, 'UTF8'),
  access_row.id,
  access_row."timestamp",
  convert_to(access_row.table_name, 'UTF8'),
  convert_to(access_row.user_id, 'UTF8'),
  convert_to(access_row.active_role, 'UTF8'),
  convert_to(access_row.actor, 'UTF8'),
  access_row.correlation_id,
  convert_to(access_row.ip_address::text, 'UTF8'),
  convert_to(access_row.user_agent, 'UTF8'),
  access_row.query_id,
  convert_to(access_row.query_text, 'UTF8'),
  access_row.seq,
  access_row.transaction_id
)));

comment on function comply_private.access_log_leaf(comply.access_log) is
  'Return the leaf hash of a row of the access log, version 1.';

revoke execute on function comply_private.access_log_leaf(comply.access_log) from public;
