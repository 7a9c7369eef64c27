-- Reads hashes of every tenant, which callers cannot, so it has the owner's rights. What entitles a caller is
-- the row itself: nobody can name its random salt who was not shown the row, and any other row gets the same
-- PC206 as one that is not sealed, so that this tells nothing of rows that the caller does not hold.
create or replace function comply.prove_row(audit_row comply.audit_trail, digest text default null)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
declare
  v_leaf       bytea := comply_private.audit_trail_leaf(prove_row.audit_row);
  v_checkpoint comply.ledger_checkpoints;
  v_block      comply.ledger_blocks;
  v_leaves     bytea;
  v_position   integer;
  v_leaf_no    bigint;
  v_head       record;
begin
  v_checkpoint := comply_private.find_checkpoint(prove_row.digest);

  -- Months are sealed in order of transaction and id, so it is one block of each incarnation at most.
  for v_block in
    select b.*
    from comply_private.ledger_state as s
    cross join generate_series(s.incarnation, 1, -1) as i (incarnation)
    cross join lateral (
      select k.*
      from comply.ledger_blocks as k
      where k.tenant_id = audit_row.tenant_id
        and k.stream = 'audit_trail'
        and k.period = date_trunc('month', audit_row."timestamp", 'UTC')
        and k.incarnation = i.incarnation
        and (k.last_transaction_id, k.last_id) >= (audit_row.transaction_id, audit_row.id)
      order by k.last_transaction_id, k.last_id
      limit 1
    ) as b
    where (b.first_transaction_id, b.first_id) <= (audit_row.transaction_id, audit_row.id)
  loop
    select l.leaves
    into v_leaves
    from comply_private.ledger_leaves as l
    where l.tenant_id = v_block.tenant_id
      and l.stream = v_block.stream
      and l.block_no = v_block.block_no;

    v_position := position(uuid_send(audit_row.id) || v_leaf in v_leaves);
    v_leaf_no := case when v_position % 48 = 1 then v_position / 48 end;
    exit when v_leaf_no is not null;
  end loop;

  if v_leaf_no is null then
    raise exception 'audit row % is not sealed', audit_row.id
      using errcode = 'PC206',
            hint    = 'An administrator or operator calls comply.seal_audit(). If it ran since, '
                      'comply.verify_audit() tells whether the row was changed.';
  end if;

  select h.*
  into v_head
  from comply_private.head_proof(v_block.tenant_id, v_block.stream, v_checkpoint) as h;

  if coalesce(v_head.blocks, 0) <= v_block.block_no then
    raise exception 'audit row % was sealed after checkpoint %',
      audit_row.id, encode(v_checkpoint.digest, 'hex')
      using errcode = 'PC208',
            hint    = 'Ask with a later digest; administrators and operators make one by comply.checkpoint().';
  end if;

  return jsonb_build_object(
    'format', 'comply-db-proof-1',
    'row', comply_private.audit_trail_document(prove_row.audit_row),
    'leaf', jsonb_build_object(
      'index', v_leaf_no,
      'path', comply_private.base64(comply_private.merkle_path(v_leaves, v_leaf_no, 48, 16))),
    'block', comply_private.block_document(v_block),
    'history', comply_private.base64(
      comply_private.tree_path(v_block.tenant_id, v_block.stream, v_block.block_no, v_head.blocks)),
    'head', v_head.proof,
    'checkpoint', comply_private.checkpoint_document(v_checkpoint));
end;
$$;

comment on function comply.prove_row(comply.audit_trail, text) is
  'Return the proof of a row of the trail that the caller holds, with its salt. Raises PC206, PC207, PC208, '
  'PC209.';

revoke execute on function comply.prove_row(comply.audit_trail, text) from public;
grant  execute on function comply.prove_row(comply.audit_trail, text)
  to comply_app, comply_reader, comply_auditor, comply_admin;
