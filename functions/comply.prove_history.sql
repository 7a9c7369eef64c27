-- Reads hashes of every tenant, which callers cannot, so it has the owner's rights. What entitles a caller to
-- know how long a tenant's chain is, is the header of a block of it.
create or replace function comply.prove_history(
  from_digest text,
  to_digest   text                   default null,
  headers     comply.ledger_blocks[] default '{}')
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
declare
  v_from   comply.ledger_checkpoints := comply_private.find_checkpoint(coalesce(from_digest, ''));
  v_to     comply.ledger_checkpoints := comply_private.find_checkpoint(to_digest);
  v_header comply.ledger_blocks;
  v_old    record;
  v_new    record;
  v_level  integer;
  v_chains jsonb := '[]'::jsonb;
begin
  if v_from.seq >= v_to.seq then
    raise exception 'checkpoint % does not come before %',
      encode(v_from.digest, 'hex'), encode(v_to.digest, 'hex')
      using errcode = 'PC208',
            hint    = 'Pass the earlier digest first.';
  end if;

  foreach v_header in array prove_history.headers loop
    perform
    from comply_private.ledger_nodes as n
    where n.tenant_id = v_header.tenant_id
      and n.stream = v_header.stream
      and n.level = 0
      and n.node_no = v_header.block_no
      and n.hash = comply_private.block_leaf(v_header);

    continue when not found;

    select h.*
    into v_old
    from comply_private.head_proof(v_header.tenant_id, v_header.stream, v_from) as h;

    continue when v_old.blocks is null;

    select h.*
    into v_new
    from comply_private.head_proof(v_header.tenant_id, v_header.stream, v_to) as h;

    -- From the last of the subtrees that were finished then; a single one is the old root itself.
    v_level := 0;

    while (v_old.blocks >> v_level) % 2 = 0 loop
      v_level := v_level + 1;
    end loop;

    v_chains := v_chains || jsonb_build_object(
      'tenant_id', v_header.tenant_id,
      'stream', v_header.stream,
      'from', v_old.proof,
      'to', v_new.proof,
      'path', (
        select comply_private.base64(
          case when v_old.blocks = v_new.blocks or n.node_no = 0 then '' else n.hash end
          || case
            when v_old.blocks = v_new.blocks then ''
            else comply_private.tree_path(n.tenant_id, n.stream, n.node_no, v_new.blocks, n.level)
          end)
        from comply_private.ledger_nodes as n
        where n.tenant_id = v_header.tenant_id
          and n.stream = v_header.stream
          and n.level = v_level
          and n.node_no = (v_old.blocks >> v_level) - 1
      ));
  end loop;

  if cardinality(prove_history.headers) > 0 and v_chains = '[]' then
    raise exception 'the tenant has no block under checkpoint %', prove_history.from_digest
      using errcode = 'PC208',
            hint    = 'Pass a later digest.';
  end if;

  return jsonb_build_object(
    'format', 'comply-db-consistency-1',
    'from', comply_private.checkpoint_document(v_from),
    'to', comply_private.checkpoint_document(v_to),
    'path', comply_private.base64(
      comply_private.tree_path('_system', 'checkpoints', v_from.seq, v_to.seq)),
    'chains', v_chains);
end;
$$;

comment on function comply.prove_history(text, text, comply.ledger_blocks[]) is
  'Return the proof that a checkpoint is in the history of another, and that the chains of these headers '
  'only grew. Raises PC207, PC208, PC209.';

revoke execute on function comply.prove_history(text, text, comply.ledger_blocks[]) from public;
grant  execute on function comply.prove_history(text, text, comply.ledger_blocks[])
  to comply_app, comply_reader, comply_auditor, comply_admin, comply_operator;
