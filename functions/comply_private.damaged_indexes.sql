create or replace function comply_private.damaged_indexes(stream text, tenant_id text default null)
returns table (
  tenant         text,
  block_no       bigint,
  period         timestamptz,
  is_index_whole boolean
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
#variable_conflict use_column
begin
  return query
  select j.tenant_id, j.block_no, j.period, j.is_whole
  from (
    select
      b.tenant_id,
      b.block_no,
      b.period,
      coalesce(octet_length(i.leaves) = 48 * b.leaf_count, false) as is_counted,
      coalesce(comply_private.merkle_root(i.leaves, 48, 16) = b.root and octet_length(i.leaves) % 48 = 0, false)
        as is_whole
    from comply.ledger_blocks as b
    left join comply_private.ledger_leaves as i
      on i.tenant_id = b.tenant_id and i.stream = b.stream and i.block_no = b.block_no and i.period = b.period
    where b.stream = damaged_indexes.stream
      and (damaged_indexes.tenant_id is null or b.tenant_id = damaged_indexes.tenant_id)
      and (b.tenant_id, b.period) not in (
        select g.tenant, g.period
        from comply_private.lawful_gaps(damaged_indexes.stream, damaged_indexes.tenant_id) as g
      )
    offset 0
  ) as j
  where not j.is_whole
     or not j.is_counted;
end;
$$;

comment on function comply_private.damaged_indexes(text, text) is
  'Return the blocks of a stream whose leaf index does not hash to their root, or has other than as many leaves as '
  'they count.';

revoke execute on function comply_private.damaged_indexes(text, text) from public;
