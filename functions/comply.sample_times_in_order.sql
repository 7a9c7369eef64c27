-- Reads the ledger, which callers may not as a whole, so it has the owner's rights.
create or replace function comply.sample_times_in_order(sample_size integer, seed integer)
returns setof comply.sampled
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return query
  select
    b.tenant_id,
    format('%s %s %s', b.stream, b.tenant_id, b.block_no),
    b.sealed_at,
    jsonb_strip_nulls(jsonb_build_object(
      'pass_no', b.pass_no,
      'rows', b.leaf_count,
      'sealed_before', (
        select p.sealed_at
        from comply.ledger_blocks as p
        where p.tenant_id = b.tenant_id
          and p.stream = b.stream
          and p.block_no = b.block_no - 1
      )))
  from comply.ledger_blocks as b
  order by
    comply_private.sample_rank(format('%s %s %s', b.stream, b.tenant_id, b.block_no), sample_times_in_order.seed),
    b.stream, b.tenant_id, b.block_no
  limit sample_times_in_order.sample_size;
end;
$$;

comment on function comply.sample_times_in_order(integer, integer) is
  'Return sealed blocks with the time of the block before, for an auditor to compare with other logs; the '
  'same seed draws the same.';

revoke execute on function comply.sample_times_in_order(integer, integer) from public;
grant  execute on function comply.sample_times_in_order(integer, integer)
  to comply_auditor, comply_admin, comply_operator;
