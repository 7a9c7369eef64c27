-- The leaves of the newest checkpoint are kept. Those of older ones are worked out from the blocks: each header
-- has the root over the headers before it, so only heads that did not grow since need their peaks.
create or replace function comply_private.head_proof(
  tenant_id  text,
  stream     text,
  checkpoint comply.ledger_checkpoints,
  out blocks bigint,
  out proof  jsonb)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_root   bytea;
  v_leaf   bytea;
  v_leaves bytea;
  v_at     bigint;
begin
  select b.block_no + 1
  into head_proof.blocks
  from comply.ledger_blocks as b
  where b.tenant_id = head_proof.tenant_id
    and b.stream = head_proof.stream
    and b.pass_no <= head_proof.checkpoint.pass_no
  order by b.pass_no desc, b.block_no desc
  limit 1;

  if not found then
    return;
  end if;

  v_root := comply_private.peaks_root(
    comply_private.tree_peaks(head_proof.tenant_id, head_proof.stream, head_proof.blocks));
  v_leaf := comply_private.head_leaf(head_proof.tenant_id, head_proof.stream, head_proof.blocks, v_root);

  select n.leaves
  into v_leaves
  from comply_private.ledger_newest_heads as n
  where n.seq = head_proof.checkpoint.seq;

  if not found then
    select string_agg(
      comply_private.head_leaf(r.tenant_id, r.stream, r.blocks, r.root), ''
      order by r.tenant_id collate "C", r.stream collate "C")
    into v_leaves
    from (
      select
        h.tenant_id,
        h.stream,
        b.blocks,
        coalesce(
          (
            select k.history_root
            from comply.ledger_blocks as k
            where k.tenant_id = h.tenant_id
              and k.stream = h.stream
              and k.block_no = b.blocks
          ),
          comply_private.peaks_root(h.peaks)) as root
      from comply_private.ledger_heads as h
      cross join lateral (
        select k.block_no + 1 as blocks
        from comply.ledger_blocks as k
        where k.tenant_id = h.tenant_id
          and k.stream = h.stream
          and k.pass_no <= head_proof.checkpoint.pass_no
        order by k.pass_no desc, k.block_no desc
        limit 1
      ) as b
    ) as r;
  end if;

  -- Where the ledger was damaged it is at no place: the proof is made all the same, and fails.
  v_at := greatest(position(v_leaf in v_leaves) - 1, 0) / 32;
  head_proof.proof := jsonb_build_object(
    'size', head_proof.blocks,
    'root', comply_private.base64(v_root),
    'index', v_at,
    'path', comply_private.base64(comply_private.merkle_path(v_leaves, v_at)));
end;
$$;

comment on function comply_private.head_proof(text, text, comply.ledger_checkpoints) is
  'Return how many blocks a tenant and stream have under a checkpoint, and its proof; nulls where none.';

revoke execute on function comply_private.head_proof(text, text, comply.ledger_checkpoints) from public;
