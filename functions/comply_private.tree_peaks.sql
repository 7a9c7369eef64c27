create or replace function comply_private.tree_peaks(tenant_id text, stream text, size bigint)
returns bytea
language sql
stable
parallel safe
set row_security = on
begin atomic
  select coalesce(string_agg(n.hash, '' order by l.level desc), '')
  from pg_catalog.generate_series(0, 62) as l (level)
  join comply_private.ledger_nodes as n
    on n.tenant_id = tree_peaks.tenant_id
    and n.stream = tree_peaks.stream
    and n.level = l.level
    and n.node_no = (tree_peaks.size >> l.level) - 1
  where (tree_peaks.size >> l.level) % 2 = 1;
end;

comment on function comply_private.tree_peaks(text, text, bigint) is
  'Return the peaks of the tree over the first headers of a tenant and stream, 32 bytes each, from the left.';

revoke execute on function comply_private.tree_peaks(text, text, bigint) from public;
