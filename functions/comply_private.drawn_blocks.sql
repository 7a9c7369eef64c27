-- Drawn anew each time, or one would know which blocks to leave alone. Blocks whose month went lawfully have no rows.
create or replace function comply_private.drawn_blocks(most_rows bigint)
returns table (tenant_id text, stream text, block_no bigint, leaf_count integer, problem text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
#variable_conflict use_column
declare
  v_rows  bigint;
  v_share double precision;
begin
  select sum(h.leaves)
  into v_rows
  from comply_private.ledger_heads as h;

  v_share := drawn_blocks.most_rows / greatest(v_rows, 1)::double precision;

  return query
  with gap as materialized (
    select s.name as stream, g.tenant, g.period
    from comply_private.ledger_streams() as s (name)
    cross join lateral comply_private.lawful_gaps(s.name) as g
  ),
  drawn as materialized (
    select b as block
    from comply.ledger_blocks as b
    where random() < v_share
  )
  select
    (d.block).tenant_id,
    (d.block).stream,
    (d.block).block_no,
    (d.block).leaf_count,
    case
      when comply_private.block_leaf(d.block) is distinct from (
        select n.hash
        from comply_private.ledger_nodes as n
        where n.tenant_id = (d.block).tenant_id
          and n.stream = (d.block).stream
          and n.level = 0
          and n.node_no = (d.block).block_no
      ) then 'chain_broken'
      when not comply_private.is_block_whole((d.block).stream, (d.block).tenant_id, (d.block).block_no)
        then 'block_root'
    end
  from drawn as d
  where not exists (
    select
    from gap as g
    where g.stream = (d.block).stream
      and g.tenant = (d.block).tenant_id
      and g.period = (d.block).period
  );
end;
$$;

comment on function comply_private.drawn_blocks(bigint) is
  'Draw blocks that have about so many rows together; return of each whether header and rows are as they were sealed.';

revoke execute on function comply_private.drawn_blocks(bigint) from public;
