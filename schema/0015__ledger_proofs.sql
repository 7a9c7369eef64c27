-- What makes a proof quick however long the ledger is. The first two statements lock the blocks against the
-- sealer while they build, seconds for a million; the others create a table and wait for nobody.

-- Where the block of a row is.
-- squawk-ignore require-concurrent-index-creation
create index ledger_blocks_last_id_idx
  on comply.ledger_blocks (tenant_id, stream, period, incarnation, last_transaction_id, last_id);

-- Where the head was when a checkpoint was made.
-- squawk-ignore require-concurrent-index-creation
create index ledger_blocks_pass_no_idx on comply.ledger_blocks (tenant_id, stream, pass_no, block_no);

-- Most proofs are under the newest checkpoint, and its heads took most of their time.
create table comply_private.ledger_newest_heads (
  singleton boolean not null default true,
  seq       bigint  not null,
  leaves    bytea   not null,

  constraint ledger_newest_heads_pkey primary key (singleton),
  constraint ledger_newest_heads_singleton_check check (singleton),
  constraint ledger_newest_heads_leaves_check check (octet_length(leaves) % 32 = 0)
);

comment on table comply_private.ledger_newest_heads is 'One row: the leaves of the newest checkpoint.';
comment on column comply_private.ledger_newest_heads.singleton is 'Always true: there is one row.';
comment on column comply_private.ledger_newest_heads.seq is 'The checkpoint.';
comment on column comply_private.ledger_newest_heads.leaves is 'The hashes of its heads, 32 bytes each.';
