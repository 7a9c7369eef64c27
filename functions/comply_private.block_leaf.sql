create or replace function comply_private.block_leaf(block comply.ledger_blocks)
returns bytea
language sql
stable
parallel safe
return sha256('\x0002'::bytea || record_send(row(
  1,
  convert_to(block.tenant_id, 'UTF8'),
  convert_to(block.stream, 'UTF8'),
  block.incarnation,
  block.block_no,
  block.period,
  block.pass_no,
  block.xid_from,
  block.xid_to,
  block.first_transaction_id,
  block.first_id,
  block.last_transaction_id,
  block.last_id,
  block.leaf_count,
  block.root,
  block.history_root,
  block.fingerprint,
  block.sealed_at)));

comment on function comply_private.block_leaf(comply.ledger_blocks) is
  'Return the hash of a block''s header, a leaf of the history of its tenant and stream, version 1.';

revoke execute on function comply_private.block_leaf(comply.ledger_blocks) from public;
