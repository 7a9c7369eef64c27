-- The history of a tenant and stream is one tree over its headers, and each header has the root of the tree
-- before it: that is the chain. The caller holds the lock of ledger_state.
create or replace function comply_private.seal_block(block comply.ledger_blocks, leaves bytea)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_block comply.ledger_blocks := seal_block.block;
  v_head  comply_private.ledger_heads;
  v_nodes bytea[];
begin
  select h.*
  into v_head
  from comply_private.ledger_heads as h
  where h.tenant_id = v_block.tenant_id
    and h.stream = v_block.stream;

  v_block.block_no := coalesce(v_head.blocks, 0);
  v_block.leaf_count := octet_length(seal_block.leaves) / 48;
  v_block.first_id := encode(substring(seal_block.leaves from 1 for 16), 'hex')::uuid;
  v_block.last_id := encode(substring(seal_block.leaves from octet_length(seal_block.leaves) - 47 for 16), 'hex')::uuid;
  v_block.root := comply_private.merkle_root(seal_block.leaves, 48, 16);
  v_block.history_root := comply_private.peaks_root(coalesce(v_head.peaks, ''));
  v_nodes := comply_private.new_nodes(
    coalesce(v_head.peaks, ''), v_block.block_no, comply_private.block_leaf(v_block));

  insert into comply.ledger_blocks
  select v_block.*;

  insert into comply_private.ledger_leaves (tenant_id, stream, block_no, period, leaves)
  values (v_block.tenant_id, v_block.stream, v_block.block_no, v_block.period, seal_block.leaves);

  insert into comply_private.ledger_nodes (tenant_id, stream, level, node_no, hash)
  select v_block.tenant_id, v_block.stream, n.ordinal - 1, v_block.block_no >> (n.ordinal - 1)::integer, n.hash
  from unnest(v_nodes) with ordinality as n (hash, ordinal);

  insert into comply_private.ledger_heads (
    tenant_id, stream, blocks, leaves, xid_to, last_transaction_id, last_id, peaks)
  values (
    v_block.tenant_id, v_block.stream, 1, v_block.leaf_count, v_block.xid_to, v_block.last_transaction_id,
    v_block.last_id, v_nodes[1])
  on conflict on constraint ledger_heads_pkey do update
  set blocks = v_head.blocks + 1,
      leaves = v_head.leaves + v_block.leaf_count,
      xid_to = v_block.xid_to,
      -- Months may overlap in the order of transactions: the head is the last row of all of them.
      (last_transaction_id, last_id) = (
        select k.transaction_id, k.id
        from (
          values
            (v_head.last_transaction_id, v_head.last_id),
            (v_block.last_transaction_id, v_block.last_id)
        ) as k (transaction_id, id)
        order by k.transaction_id desc, k.id desc
        limit 1
      ),
      peaks = comply_private.grown_peaks(v_head.peaks, v_nodes);
end;
$$;

comment on function comply_private.seal_block(comply.ledger_blocks, bytea) is
  'Append a block to the chain of its tenant and stream; what follows from leaves and chain is worked out here.';

revoke execute on function comply_private.seal_block(comply.ledger_blocks, bytea) from public;
