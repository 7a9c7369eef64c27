create or replace function comply_private.month_evidence(stream text, period timestamptz, tenant_id text default null)
returns table (tenant text, blocks bigint, leaves bigint, content_hash bytea)
language sql
stable
set row_security = on
begin atomic
  select
    b.tenant_id,
    count(*),
    sum(b.leaf_count)::bigint,
    comply_private.merkle_root(string_agg(b.root, '' order by b.block_no))
  from comply.ledger_blocks as b
  where b.stream = month_evidence.stream
    and b.period = month_evidence.period
    and (month_evidence.tenant_id is null or b.tenant_id = month_evidence.tenant_id)
  group by b.tenant_id;
end;

comment on function comply_private.month_evidence(text, timestamptz, text) is
  'Return for each tenant what the headers say of a month: blocks, rows, and the Merkle root over the blocks'' roots.';

revoke execute on function comply_private.month_evidence(text, timestamptz, text) from public;
