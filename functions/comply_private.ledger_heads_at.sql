-- From the blocks, for any pass; the peaks of now are at hand in ledger_heads. Ordered by bytes, so that
-- neighbours prove that a tenant has one head, on any server.
create or replace function comply_private.ledger_heads_at(pass_no bigint)
returns table (
  head_no   bigint,
  tenant_id  text,
  stream     text,
  blocks     bigint,
  root       bytea,
  leaf       bytea
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
  select
    row_number() over (order by r.tenant_id collate "C", r.stream collate "C") - 1,
    r.tenant_id,
    r.stream,
    r.blocks,
    r.root,
    comply_private.head_leaf(r.tenant_id, r.stream, r.blocks, r.root)
  from (
    select
      h.tenant_id,
      h.stream,
      b.blocks,
      comply_private.peaks_root(
        case
          when b.blocks = h.blocks then h.peaks
          else comply_private.tree_peaks(h.tenant_id, h.stream, b.blocks)
        end) as root
    from comply_private.ledger_heads as h
    cross join lateral (
      select k.block_no + 1 as blocks
      from comply.ledger_blocks as k
      where k.tenant_id = h.tenant_id
        and k.stream = h.stream
        and k.pass_no <= ledger_heads_at.pass_no
      order by k.block_no desc
      limit 1
    ) as b
    offset 0
  ) as r;
end;
$$;

comment on function comply_private.ledger_heads_at(bigint) is
  'Return the head of every tenant and stream as they were after a pass of the sealer, in the order of a checkpoint.';

revoke execute on function comply_private.ledger_heads_at(bigint) from public;
