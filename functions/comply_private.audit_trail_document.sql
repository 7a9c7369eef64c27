-- Images as text: what was hashed is jsonb::text, which another program could not write again byte for byte.
create or replace function comply_private.audit_trail_document(audit_row comply.audit_trail)
returns jsonb
language sql
stable
return jsonb_build_object(
  'tenant_id', audit_row.tenant_id,
  'id', audit_row.id,
  'timestamp', comply_private.utc_text(audit_row."timestamp"),
  'table_name', audit_row.table_name,
  'record_id', audit_row.record_id,
  'operation', audit_row.operation,
  'user_id', audit_row.user_id,
  'active_role', audit_row.active_role,
  'actor', audit_row.actor,
  'correlation_id', audit_row.correlation_id,
  'ip_address', audit_row.ip_address::text,
  'user_agent', audit_row.user_agent,
  'transaction_id', audit_row.transaction_id::text)
  || case
    when audit_row.redacted_digest is null then jsonb_build_object(
      'salt', audit_row.salt,
      'old_values', audit_row.old_values::text,
      'new_values', audit_row.new_values::text)
    else jsonb_build_object('redacted_digest', comply_private.base64(audit_row.redacted_digest))
  end;

comment on function comply_private.audit_trail_document(comply.audit_trail) is
  'Return a row of the trail as proofs have it: what was hashed, and no more.';

revoke execute on function comply_private.audit_trail_document(comply.audit_trail) from public;
