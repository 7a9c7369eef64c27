-- Where the block of a row is. Locks the blocks against the sealer while it builds, seconds for a million.

-- squawk-ignore require-concurrent-index-creation
create index ledger_blocks_last_id_idx
  on comply.ledger_blocks (tenant_id, stream, period, incarnation, last_transaction_id, last_id);
