-- Reads the ledger, which callers may not as a whole, so it has the owner's rights. Hashes the rows of each
-- block that is drawn, a tenth of a second for each ten.
create or replace function comply.sample_ledger_intact(sample_size integer, seed integer)
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
    jsonb_build_object(
      'rows', b.leaf_count,
      'period', b.period,
      'root', encode(b.root, 'hex'),
      'is_whole', comply_private.is_block_whole(b.stream, b.tenant_id, b.block_no),
      'is_destroyed', exists (
        select
        from comply_private.lawful_gaps(b.stream, b.tenant_id) as g
        where g.period = b.period
      ))
  from (
    select k.*
    from comply.ledger_blocks as k
    order by
      comply_private.sample_rank(format('%s %s %s', k.stream, k.tenant_id, k.block_no), sample_ledger_intact.seed),
      k.stream, k.tenant_id, k.block_no
    limit sample_ledger_intact.sample_size
  ) as b
  order by
    comply_private.sample_rank(format('%s %s %s', b.stream, b.tenant_id, b.block_no), sample_ledger_intact.seed),
    b.stream, b.tenant_id, b.block_no;
end;
$$;

comment on function comply.sample_ledger_intact(integer, integer) is
  'Return sealed blocks, and whether their rows still hash to their roots; the same seed draws the same. '
  'is_destroyed: the rows went lawfully, with their month.';

revoke execute on function comply.sample_ledger_intact(integer, integer) from public;
grant  execute on function comply.sample_ledger_intact(integer, integer)
  to comply_auditor, comply_admin, comply_operator;
