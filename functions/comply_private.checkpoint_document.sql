create or replace function comply_private.checkpoint_document(checkpoint comply.ledger_checkpoints)
returns jsonb
language sql
stable
return jsonb_build_object(
  'incarnation', checkpoint.incarnation,
  'seq', checkpoint.seq,
  'made_at', comply_private.utc_text(checkpoint.made_at),
  'pass_no', checkpoint.pass_no,
  'xid_to', checkpoint.xid_to::text,
  'heads', checkpoint.heads,
  'heads_root', comply_private.base64(checkpoint.heads_root),
  'history_root', comply_private.base64(checkpoint.history_root),
  'digest', encode(checkpoint.digest, 'hex'));

comment on function comply_private.checkpoint_document(comply.ledger_checkpoints) is
  'Return a checkpoint as proofs have it.';

revoke execute on function comply_private.checkpoint_document(comply.ledger_checkpoints) from public;
