-- The bytes are a contract: docs/ledger.md writes them down, vectors hold them, and a change is a new version.
-- One expression, which queries get inlined. Texts are sent as bytes, because their own form follows
-- client_encoding; addresses as text, because that alone has the netmask.
create or replace function comply_private.audit_trail_leaf(audit_row comply.audit_trail)
returns bytea
language sql
stable
parallel safe
return sha256('\x0001'::bytea || record_send(row(
  1,
  convert_to(audit_row.tenant_id, 'UTF8'),
  audit_row.id,
  audit_row."timestamp",
  convert_to(audit_row.table_name, 'UTF8'),
  audit_row.record_id,
  convert_to(audit_row.operation, 'UTF8'),
  convert_to(audit_row.user_id, 'UTF8'),
  convert_to(audit_row.active_role, 'UTF8'),
  convert_to(audit_row.actor, 'UTF8'),
  audit_row.correlation_id,
  convert_to(audit_row.ip_address::text, 'UTF8'),
  convert_to(audit_row.user_agent, 'UTF8'),
  audit_row.transaction_id,
  coalesce(
    audit_row.redacted_digest,
    sha256('\x05'::bytea || record_send(row(
      audit_row.salt,
      convert_to(audit_row.old_values::text, 'UTF8'),
      convert_to(audit_row.new_values::text, 'UTF8')))))
)));

comment on function comply_private.audit_trail_leaf(comply.audit_trail) is
  'Return the leaf hash of a row of the trail, version 1.';

revoke execute on function comply_private.audit_trail_leaf(comply.audit_trail) from public;
