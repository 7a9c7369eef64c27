-- The headers by themselves: numbers without a gap, ranges that abut, and in each header the root over those
-- before it. What the header of a block should be is what its node says; where both were changed, the headers
-- after it, and in the end the checkpoints, still disagree.
create or replace function comply_private.verify_chain(tenant_id text default null)
returns table (problem text, tenant text, stream text, block_no bigint, detail text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
#variable_conflict use_column
declare
  v_link        record;
  v_head        comply_private.ledger_heads;
  v_peaks       bytea;
  v_blocks      bigint;
  v_leaves      bigint;
  v_last_xid    xid8;
  v_last_id     uuid;
  v_is_whole    boolean;
  v_incarnation integer := (select s.incarnation from comply_private.ledger_state as s);
begin
  for v_link in
    select
      b as block,
      comply_private.block_leaf(b) as leaf,
      n.hash as node,
      lag(b) over w as prev,
      lag(b) over (partition by b.tenant_id, b.stream, b.period order by b.block_no) as prev_of_period,
      lead(b.block_no) over w is null as is_last
    from comply.ledger_blocks as b
    left join comply_private.ledger_nodes as n
      on n.tenant_id = b.tenant_id
      and n.stream = b.stream
      and n.level = 0
      and n.node_no = b.block_no
    where verify_chain.tenant_id is null
       or b.tenant_id = verify_chain.tenant_id
    window w as (partition by b.tenant_id, b.stream order by b.block_no)
    order by b.tenant_id, b.stream, b.block_no
  loop
    tenant := (v_link.block).tenant_id;
    stream := (v_link.block).stream;
    block_no := (v_link.block).block_no;

    if (v_link.prev).block_no is null then
      v_peaks := '';
      v_blocks := 0;
      v_leaves := 0;
      v_last_xid := '0';
      v_last_id := '00000000-0000-0000-0000-000000000000';
      v_is_whole := true;
    end if;

    if block_no <> v_blocks then
      problem := 'block_missing';
      block_no := v_blocks;
      detail := format('blocks %s to %s are gone', v_blocks, (v_link.block).block_no - 1);
      return next;
      v_is_whole := false;
      v_blocks := (v_link.block).block_no;
      block_no := v_blocks;
    end if;

    if v_link.node is distinct from v_link.leaf then
      problem := 'chain_broken';
      detail := 'its header is not what was sealed';
      return next;
    elsif v_is_whole and (v_link.block).history_root <> comply_private.peaks_root(v_peaks) then
      problem := 'chain_broken';
      detail := format('the %s header(s) before it are not those it was sealed over', block_no);
      return next;
      v_is_whole := false;
    end if;

    if (v_link.block).xid_from <> (v_link.prev).xid_to
       and ((v_link.block).pass_no, (v_link.block).xid_from) is distinct from
           ((v_link.prev).pass_no, (v_link.prev).xid_from)
       and (v_link.block).incarnation = (v_link.prev).incarnation
       and (v_link.block).block_no = (v_link.prev).block_no + 1
       or ((v_link.block).first_transaction_id, (v_link.block).first_id)
          <= ((v_link.prev_of_period).last_transaction_id, (v_link.prev_of_period).last_id)
       and (v_link.block).incarnation = (v_link.prev_of_period).incarnation
    then
      problem := 'block_overlap';
      detail := format('it begins at transaction %s, the block before it ends at %s',
                       (v_link.block).xid_from, (v_link.prev).xid_to);
      return next;
    end if;

    if (v_link.block).sealed_at < (v_link.prev).sealed_at
       or (v_link.block).pass_no < (v_link.prev).pass_no
       or (v_link.block).incarnation < (v_link.prev).incarnation
    then
      problem := 'time_backwards';
      detail := format('sealed at %s in pass %s, the block before it at %s in pass %s',
                       (v_link.block).sealed_at, (v_link.block).pass_no, (v_link.prev).sealed_at,
                       (v_link.prev).pass_no);
      return next;
    end if;

    -- Peaks after a gap are those of no tree.
    if v_is_whole then
      v_peaks := comply_private.grown_peaks(v_peaks, comply_private.new_nodes(v_peaks, v_blocks, v_link.leaf));
    end if;

    v_blocks := v_blocks + 1;
    v_leaves := v_leaves + (v_link.block).leaf_count;

    if (v_link.block).incarnation = v_incarnation
       and ((v_link.block).last_transaction_id, (v_link.block).last_id) > (v_last_xid, v_last_id)
    then
      v_last_xid := (v_link.block).last_transaction_id;
      v_last_id := (v_link.block).last_id;
    end if;

    if v_link.is_last then
      select h.*
      into v_head
      from comply_private.ledger_heads as h
      where h.tenant_id = (v_link.block).tenant_id
        and h.stream = (v_link.block).stream;

      if v_head.blocks > v_blocks then
        problem := 'block_missing';
        block_no := v_blocks;
        detail := format('blocks %s to %s are gone', v_blocks, v_head.blocks - 1);
        return next;
      elsif v_is_whole
        and (v_head.blocks, v_head.leaves, v_head.peaks, v_head.last_transaction_id, v_head.last_id, v_head.xid_to)
          is distinct from (
            v_blocks, v_leaves, v_peaks, v_last_xid, v_last_id,
            case when (v_link.block).incarnation = v_incarnation then (v_link.block).xid_to else '0' end
          )
      then
        problem := 'head_forked';
        detail := format('the head has %s block(s) with %s row(s) up to transaction %s, '
                         'its blocks say %s with %s up to %s',
                         v_head.blocks, v_head.leaves, v_head.last_transaction_id, v_blocks, v_leaves, v_last_xid);
        return next;
      end if;
    end if;
  end loop;

  return query
  select 'block_missing', h.tenant_id, h.stream, 0::bigint, format('all %s blocks are gone', h.blocks)
  from comply_private.ledger_heads as h
  where (verify_chain.tenant_id is null or h.tenant_id = verify_chain.tenant_id)
    and not exists (
      select
      from comply.ledger_blocks as b
      where b.tenant_id = h.tenant_id
        and b.stream = h.stream
    );

  -- A tree whose blocks or checkpoints are not all there has been named already.
  return query
  with tree as (
    select
      coalesce(h.tenant_id, b.tenant_id) as tenant_id,
      coalesce(h.stream, b.stream) as stream,
      case when h.blocks = b.blocks then b.blocks end as size
    from comply_private.ledger_heads as h
    full join (
      select k.tenant_id, k.stream, count(*) as blocks
      from comply.ledger_blocks as k
      group by k.tenant_id, k.stream
    ) as b on b.tenant_id = h.tenant_id and b.stream = h.stream
    union all
    select '_system', 'checkpoints', case when s.checkpoints = count(c.seq) then s.checkpoints end
    from comply_private.ledger_state as s
    left join comply.ledger_checkpoints as c on true
    group by s.checkpoints
  ),
  damaged as (
    select t.tenant_id, t.stream, v.level, i.node_no
    from tree as t
    cross join lateral generate_series(1, 62) as v (level)
    cross join lateral generate_series(0, (t.size >> v.level) - 1) as i (node_no)
    left join comply_private.ledger_nodes as n
      on n.tenant_id = t.tenant_id and n.stream = t.stream and n.level = v.level and n.node_no = i.node_no
    left join comply_private.ledger_nodes as l
      on l.tenant_id = t.tenant_id and l.stream = t.stream and l.level = v.level - 1 and l.node_no = i.node_no * 2
    left join comply_private.ledger_nodes as r
      on r.tenant_id = t.tenant_id and r.stream = t.stream and r.level = v.level - 1 and r.node_no = i.node_no * 2 + 1
    where n.hash is distinct from sha256('\x01'::bytea || l.hash || r.hash)
    union all
    select '_system', 'checkpoints', 0, c.seq
    from comply.ledger_checkpoints as c
    left join comply_private.ledger_nodes as n
      on n.tenant_id = '_system' and n.stream = 'checkpoints' and n.level = 0 and n.node_no = c.seq
    where n.hash is distinct from c.digest
    union all
    select n.tenant_id, n.stream, n.level, n.node_no
    from comply_private.ledger_nodes as n
    left join tree as t on t.tenant_id = n.tenant_id and t.stream = n.stream
    where t.tenant_id is null
       or n.level not between 0 and 62
       or n.node_no not between 0 and (t.size >> n.level) - 1
    union all
    -- What is kept of a checkpoint whose digest is not its own says nothing.
    select '_system', 'checkpoints', 0, w.seq
    from comply_private.ledger_newest_heads as w
    left join comply.ledger_checkpoints as c on c.seq = w.seq
    where c.seq is null
       or (c.digest = comply_private.checkpoint_digest(c) and c.heads_root <> comply_private.merkle_root(w.leaves))
  )
  select 'node_damaged', d.tenant_id, d.stream, null::bigint,
    format('%s node(s), of which one is number %s of level %s: proofs that use it will fail',
           count(*), min(d.node_no), min(d.level))
  from damaged as d
  where verify_chain.tenant_id is null
     or d.tenant_id = verify_chain.tenant_id
  group by d.tenant_id, d.stream;
end;
$$;

comment on function comply_private.verify_chain(text) is
  'Return one row a fault in the headers of a tenant, or of all, and in what is derived from them.';

revoke execute on function comply_private.verify_chain(text) from public;
