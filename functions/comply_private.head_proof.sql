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
  v_head_no bigint;
  v_root    bytea;
  v_leaves  bytea;
begin
  select
    string_agg(h.leaf, '' order by h.head_no),
    max(h.head_no) filter (where h.is_asked),
    max(h.blocks) filter (where h.is_asked),
    string_agg(h.root, '') filter (where h.is_asked)
  into v_leaves, v_head_no, head_proof.blocks, v_root
  from (
    select
      k.*,
      k.tenant_id = head_proof.tenant_id and k.stream = head_proof.stream as is_asked
    from comply_private.ledger_heads_at(head_proof.checkpoint.pass_no) as k
  ) as h;

  if v_head_no is not null then
    head_proof.proof := jsonb_build_object(
      'size', head_proof.blocks,
      'root', comply_private.base64(v_root),
      'index', v_head_no,
      'path', comply_private.base64(comply_private.merkle_path(v_leaves, v_head_no)));
  end if;
end;
$$;

comment on function comply_private.head_proof(text, text, comply.ledger_checkpoints) is
  'Return how many blocks a tenant and stream have under a checkpoint, and its proof; nulls where none.';

revoke execute on function comply_private.head_proof(text, text, comply.ledger_checkpoints) from public;
