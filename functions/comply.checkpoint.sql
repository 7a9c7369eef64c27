-- Reads every tenant's head and writes, which callers cannot, so it has the owner's rights. Waits for a batch of
-- the sealer that is under way.
create or replace function comply.checkpoint()
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_state      comply_private.ledger_state;
  v_checkpoint comply.ledger_checkpoints;
  v_nodes      bytea[];
  v_leaves     bytea;
begin
  select s.*
  into v_state
  from comply_private.ledger_state as s
  for update;

  select c.*
  into v_checkpoint
  from comply.ledger_checkpoints as c
  order by c.seq desc
  limit 1;

  if v_checkpoint.pass_no = v_state.pass_no and v_checkpoint.incarnation = v_state.incarnation then
    return encode(v_checkpoint.digest, 'hex');
  end if;

  v_checkpoint.seq := v_state.checkpoints;
  v_checkpoint.incarnation := v_state.incarnation;
  v_checkpoint.made_at := comply_private.clock();
  v_checkpoint.pass_no := v_state.pass_no;
  v_checkpoint.xid_to := v_state.sealed_to;
  v_checkpoint.history_root := comply_private.peaks_root(v_state.peaks);

  select count(*), coalesce(string_agg(h.leaf, '' order by h.head_no), '')
  into v_checkpoint.heads, v_leaves
  from comply_private.ledger_heads_at(v_state.pass_no) as h;

  v_checkpoint.heads_root := comply_private.merkle_root(v_leaves);
  v_checkpoint.digest := comply_private.checkpoint_digest(v_checkpoint);
  v_nodes := comply_private.new_nodes(v_state.peaks, v_state.checkpoints, v_checkpoint.digest);

  insert into comply.ledger_checkpoints
  select v_checkpoint.*;

  insert into comply_private.ledger_nodes (tenant_id, stream, level, node_no, hash)
  select '_system', 'checkpoints', n.ordinal - 1, v_checkpoint.seq >> (n.ordinal - 1)::integer, n.hash
  from unnest(v_nodes) with ordinality as n (hash, ordinal);

  insert into comply_private.ledger_newest_heads (seq, leaves)
  values (v_checkpoint.seq, v_leaves)
  on conflict on constraint ledger_newest_heads_pkey do update
  set seq = excluded.seq,
      leaves = excluded.leaves;

  update comply_private.ledger_state as s
  set checkpoints = s.checkpoints + 1,
      peaks = comply_private.grown_peaks(s.peaks, v_nodes);

  return encode(v_checkpoint.digest, 'hex');
end;
$$;

comment on function comply.checkpoint() is
  'Fold all that is sealed, and all earlier checkpoints, into one digest; return it, 64 hex digits. Where the '
  'sealer has not run since the last one, return that. Waits for a batch that is being sealed.';

revoke execute on function comply.checkpoint() from public;
grant  execute on function comply.checkpoint() to comply_admin, comply_operator;
