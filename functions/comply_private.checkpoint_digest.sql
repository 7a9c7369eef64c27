create or replace function comply_private.checkpoint_digest(checkpoint comply.ledger_checkpoints)
returns bytea
language sql
stable
parallel safe
return sha256('\x0004'::bytea || record_send(row(
  1,
  checkpoint.incarnation,
  checkpoint.seq,
  checkpoint.made_at,
  checkpoint.pass_no,
  checkpoint.xid_to,
  checkpoint.heads,
  checkpoint.heads_root,
  checkpoint.history_root)));

comment on function comply_private.checkpoint_digest(comply.ledger_checkpoints) is
  'Return the digest of a checkpoint, version 1.';

revoke execute on function comply_private.checkpoint_digest(comply.ledger_checkpoints) from public;
