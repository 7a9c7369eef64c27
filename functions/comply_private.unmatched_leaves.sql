-- Rows and leaf indexes as two sets: what is in both is whole, and where it belongs, since the order of a block
-- follows from what its rows say. A scan of the month and one hash join; to read the rows block by block took three
-- times as long. Both sides are fenced, or the join would carry whole indexes along for each leaf.
create or replace function comply_private.unmatched_leaves(stream text, period timestamptz, tenant_id text default null)
returns table (tenant text, block_no bigint, leaf bytea)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set enable_mergejoin = off
set enable_memoize = off
set jit = off
set work_mem = '64MB'
as $$
#variable_conflict use_column
begin
  return query execute format(
    $q$
      select coalesce(s.tenant_id, r.tenant_id), s.block_no, coalesce(s.leaf, r.leaf)
      from (
        select a.tenant_id, uuid_send(a.id) || comply_private.%2$I(a) as leaf
        from comply.%1$I as a
        left join comply_private.ledger_heads as h on h.tenant_id = a.tenant_id and h.stream = $1
        where a."timestamp" >= $2
          and a."timestamp" < $2 + interval '1 month'
          and ($3 is null or a.tenant_id = $3)
          and (
            a.transaction_id < greatest(h.xid_to, $4)
            or (a.transaction_id, a.id) <= (h.last_transaction_id, h.last_id)
            or a.id < $5
          )
        offset 0
      ) as r
      full join (
        select i.tenant_id, i.block_no, substring(d.leaves from n * 48 + 1 for 48) as leaf
        from comply_private.ledger_leaves as i
        cross join lateral (
          select i.leaves || ''::bytea as leaves
          offset 0
        ) as d
        cross join lateral generate_series(0, octet_length(d.leaves) / 48 - 1) as n
        where i.stream = $1
          and i.period = $2
          and ($3 is null or i.tenant_id = $3)
        offset 0
      ) as s on s.tenant_id = r.tenant_id and s.leaf = r.leaf
      where r.leaf is null
         or s.leaf is null
    $q$,
    unmatched_leaves.stream, unmatched_leaves.stream || '_leaf')
  using unmatched_leaves.stream, unmatched_leaves.period, unmatched_leaves.tenant_id,
    comply_private.sealed_to(), (
      select s.began_with
      from comply_private.ledger_state as s
    );
end;
$$;

comment on function comply_private.unmatched_leaves(text, timestamptz, text) is
  'Return, of a month, 16 bytes of id and 32 of hash: of the leaves that no row has, with their block, and of the rows '
  'below the seal that no leaf has, without one.';

revoke execute on function comply_private.unmatched_leaves(text, timestamptz, text) from public;
