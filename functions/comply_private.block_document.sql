create or replace function comply_private.block_document(block comply.ledger_blocks)
returns jsonb
language sql
stable
return jsonb_build_object(
  'tenant_id', block.tenant_id,
  'stream', block.stream,
  'incarnation', block.incarnation,
  'block_no', block.block_no,
  'period', comply_private.utc_text(block.period),
  'pass_no', block.pass_no,
  'xid_from', block.xid_from::text,
  'xid_to', block.xid_to::text,
  'first_transaction_id', block.first_transaction_id::text,
  'first_id', block.first_id,
  'last_transaction_id', block.last_transaction_id::text,
  'last_id', block.last_id,
  'leaf_count', block.leaf_count,
  'root', comply_private.base64(block.root),
  'history_root', comply_private.base64(block.history_root),
  'fingerprint', comply_private.base64(block.fingerprint),
  'sealed_at', comply_private.utc_text(block.sealed_at));

comment on function comply_private.block_document(comply.ledger_blocks) is
  'Return the header of a block as proofs have it.';

revoke execute on function comply_private.block_document(comply.ledger_blocks) from public;
