-- Each block against the rows that should be in it. Index scans only, as in comply_private.seal_stream(): a block
-- is a range of the primary key.
create or replace function comply_private.damaged_blocks(stream text, tenant_id text default null)
returns table (
  tenant         text,
  block_no           bigint,
  period             timestamptz,
  is_index_whole     boolean,
  is_count_right     boolean,
  are_rows_whole     boolean,
  lost_ids           uuid[],
  lost_hashes        bytea[]
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
#variable_conflict use_column
begin
  return query execute format(
    $q$
      select
        d.tenant_id,
        d.block_no,
        d.period,
        d.is_index_whole,
        octet_length(d.leaves) = 48 * d.leaf_count,
        coalesce(comply_private.merkle_root(d.row_leaves, 48, 16) = d.root, false),
        l.ids,
        l.hashes
      from (
        select
          b.tenant_id,
          b.block_no,
          b.period,
          b.root,
          b.leaf_count,
          i.leaves,
          r.leaves as row_leaves,
          coalesce(comply_private.merkle_root(i.leaves, 48, 16) = b.root, false) as is_index_whole
        from comply.ledger_blocks as b
        left join comply_private.ledger_leaves as i
          on i.tenant_id = b.tenant_id and i.stream = b.stream and i.block_no = b.block_no
        cross join lateral (
          select string_agg(uuid_send(a.id) || comply_private.%2$I(a), '' order by a.transaction_id, a.id) as leaves
          from comply.%1$I as a
          where a.tenant_id = b.tenant_id
            and (a.transaction_id, a.id) >= (b.first_transaction_id, b.first_id)
            and (a.transaction_id, a.id) <= (b.last_transaction_id, b.last_id)
            and a."timestamp" >= b.period
            and a."timestamp" < b.period + interval '1 month'
        ) as r
        where b.stream = $1
          and ($2 is null or b.tenant_id = $2)
          and (b.tenant_id, b.period) not in (
            select g.tenant, g.period
            from comply_private.lawful_gaps($1, $2) as g
          )
      ) as d
      cross join lateral (
        select
          array_agg(s.id order by s.leaf_no) as ids,
          array_agg(s.hash order by s.leaf_no) as hashes
        from comply_private.leaves_of(d.leaves) as s
        where d.row_leaves is distinct from d.leaves
          and d.is_index_whole
          and not exists (
            select
            from comply_private.leaves_of(d.row_leaves) as p
            where p.id = s.id
              and p.hash = s.hash
          )
      ) as l
      where d.row_leaves is distinct from d.leaves
         or not d.is_index_whole
         or octet_length(d.leaves) <> 48 * d.leaf_count
    $q$,
    damaged_blocks.stream, damaged_blocks.stream || '_leaf')
  using damaged_blocks.stream, damaged_blocks.tenant_id;
end;
$$;

comment on function comply_private.damaged_blocks(text, text) is
  'Return the blocks of a stream whose rows, leaf index and header disagree, with the leaves whose rows are not there.';

revoke execute on function comply_private.damaged_blocks(text, text) from public;
