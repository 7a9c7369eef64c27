-- Rows whose transactions have ended, in the order of transaction and id: nothing can come in before them any more,
-- so where a tenant's last block ended is all that the next has to know. The leaves are worked out behind a fence,
-- or whole rows would be sorted. Index scans only, as in comply_private.tenants_to_seal().
create or replace function comply_private.chunks_to_seal(
  stream          text,
  horizon         xid8,
  row_limit       bigint,
  tenants         text[],
  transaction_ids xid8[],
  ids             uuid[],
  xids_from       xid8[])
returns table (
  tenant               text,
  period               timestamptz,
  xid_from             xid8,
  xid_to               xid8,
  first_transaction_id xid8,
  last_transaction_id  xid8,
  leaves               bytea
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
set work_mem = '64MB'
as $$
#variable_conflict use_column
begin
  return query execute format(
    $q$
      select
        b.tenant_id,
        b.period,
        b.xid_from,
        -- The tenant at which the limit struck may have more rows of its last transaction.
        case
          when sum(count(*)) over () = $6 and b.tenant_id = max(b.tenant_id) over ()
            then max(max(b.transaction_id)) over (partition by b.tenant_id)
          else $4
        end,
        min(b.transaction_id),
        max(b.transaction_id),
        string_agg(uuid_send(b.id) || b.leaf, '' order by b.transaction_id, b.id)
      from (
        select
          r.tenant_id,
          r.xid_from,
          r.period,
          r.transaction_id,
          r.id,
          r.leaf,
          (row_number() over (partition by r.tenant_id, r.period order by r.transaction_id, r.id) - 1) / 1024 as chunk
        from (
          select
            a.tenant_id,
            d.xid_from,
            a.transaction_id,
            a.id,
            date_trunc('month', a."timestamp") as period,
            comply_private.%2$I(a) as leaf
          from unnest($1, $2, $3, $7) as d (tenant_id, transaction_id, id, xid_from)
          cross join lateral (
            select t.*
            from comply.%1$I as t
            where t.tenant_id = d.tenant_id
              and (t.transaction_id, t.id) > (d.transaction_id, d.id)
              and t.transaction_id < $4
              and t.id >= $5
            order by t.transaction_id, t.id
            limit $6
          ) as a
          limit $6
        ) as r
      ) as b
      group by b.tenant_id, b.xid_from, b.period, b.chunk
      order by b.tenant_id, b.period, b.chunk
    $q$,
    chunks_to_seal.stream, chunks_to_seal.stream || '_leaf')
  using chunks_to_seal.tenants, chunks_to_seal.transaction_ids, chunks_to_seal.ids, chunks_to_seal.horizon, (
      select s.began_with
      from comply_private.ledger_state as s
    ), chunks_to_seal.row_limit, chunks_to_seal.xids_from;
end;
$$;

comment on function comply_private.chunks_to_seal(text, xid8, bigint, text[], xid8[], uuid[], xid8[]) is
  'Return what becomes the next blocks of tenants, up to a number of rows: 1,024 rows each at most, of one month.';

revoke execute
  on function comply_private.chunks_to_seal(text, xid8, bigint, text[], xid8[], uuid[], xid8[])
  from public;
