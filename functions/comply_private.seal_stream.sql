-- Takes rows whose transactions have ended, in the order of transaction and id: nothing can come in before them
-- any more, so where a tenant's last block ended is all that the next has to know. Index scans only: without
-- statistics the planner would sort everything that is left, for each batch again. The caller holds the lock of
-- ledger_state.
create or replace function comply_private.seal_stream(
  stream    text,
  horizon   xid8,
  since     timestamptz,
  max_age   interval,
  row_limit bigint,
  out sealed    bigint,
  out left_from xid8)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
set work_mem = '64MB'
as $$
declare
  c_leaves constant integer := 1024;
  v_state       comply_private.ledger_state;
  v_fingerprint bytea := comply_private.ledger_fingerprint();
  v_at          timestamptz := comply_private.clock();
  v_tenants     text[];
  v_xids        xid8[];
  v_ids         uuid[];
  v_froms       xid8[];
  v_chunk       record;
  v_block       comply.ledger_blocks;
begin
  sealed := 0;

  select s.*
  into v_state
  from comply_private.ledger_state as s;

  execute format(
    $q$
      with recursive tenant (tenant_id) as (
        (
          select a.tenant_id
          from comply.%1$I as a
          where a."timestamp" >= $2
          order by a.tenant_id
          limit 1
        )
        union all
        select (
          select a.tenant_id
          from comply.%1$I as a
          where a.tenant_id > t.tenant_id
            and a."timestamp" >= $2
          order by a.tenant_id
          limit 1
        )
        from tenant as t
        where t.tenant_id is not null
      ),
      waiting as (
        select
          t.tenant_id,
          p.transaction_id,
          p.id,
          p.xid_from,
          f.transaction_id as left_from,
          f."timestamp" <= $5 - $6
            or exists (
              select
              from comply.%1$I as a
              where a.tenant_id = t.tenant_id
                and (a.transaction_id, a.id) > (p.transaction_id, p.id)
                and a.transaction_id < $3
                and a."timestamp" >= $2
                and a.id >= $4
              offset $7 - 1
            ) as is_due
        from tenant as t
        left join comply_private.ledger_heads as h on h.tenant_id = t.tenant_id and h.stream = $1
        cross join lateral (
          select
            coalesce(h.last_transaction_id, '0') as transaction_id,
            coalesce(h.last_id, '00000000-0000-0000-0000-000000000000') as id,
            coalesce(h.xid_to, '0') as xid_from
        ) as p
        cross join lateral (
          select a.transaction_id, a."timestamp"
          from comply.%1$I as a
          where a.tenant_id = t.tenant_id
            and (a.transaction_id, a.id) > (p.transaction_id, p.id)
            and a.transaction_id < $3
            and a."timestamp" >= $2
            and a.id >= $4
          order by a.transaction_id, a.id
          limit 1
        ) as f
      )
      select
        array_agg(w.tenant_id order by w.tenant_id) filter (where w.is_due),
        array_agg(w.transaction_id order by w.tenant_id) filter (where w.is_due),
        array_agg(w.id order by w.tenant_id) filter (where w.is_due),
        array_agg(w.xid_from order by w.tenant_id) filter (where w.is_due),
        min(w.left_from) filter (where not w.is_due)
      from waiting as w
    $q$,
    seal_stream.stream)
  into v_tenants, v_xids, v_ids, v_froms, left_from
  using seal_stream.stream, seal_stream.since, seal_stream.horizon, v_state.began_with, v_at, seal_stream.max_age,
    c_leaves;

  for v_chunk in execute format(
    $q$
      select
        b.tenant_id,
        b.period,
        min(b.transaction_id) as first_transaction_id,
        max(b.transaction_id) as last_transaction_id,
        count(*) as leaf_count,
        string_agg(uuid_send(b.id) || b.leaf, '' order by b.transaction_id, b.id) as leaves,
        b.xid_from,
        max(max(b.transaction_id)) over (partition by b.tenant_id) as tenant_last_xid,
        -- The tenant at which the limit struck may have more rows of its last transaction.
        sum(count(*)) over () = $7 and b.tenant_id = max(b.tenant_id) over () as is_cut
      from (
        select
          r.tenant_id,
          r.xid_from,
          r.period,
          r.transaction_id,
          r.id,
          r.leaf,
          (row_number() over (partition by r.tenant_id, r.period order by r.transaction_id, r.id) - 1) / $8 as chunk
        from (
          select
            a.tenant_id,
            d.xid_from,
            a.transaction_id,
            a.id,
            date_trunc('month', a."timestamp") as period,
            comply_private.%2$I(a) as leaf
          from unnest($1, $2, $3, $9) as d (tenant_id, transaction_id, id, xid_from)
          cross join lateral (
            select t.*
            from comply.%1$I as t
            where t.tenant_id = d.tenant_id
              and (t.transaction_id, t.id) > (d.transaction_id, d.id)
              and t.transaction_id < $4
              and t."timestamp" >= $5
              and t.id >= $6
            order by t.transaction_id, t.id
            limit $7
          ) as a
          limit $7
        ) as r
      ) as b
      group by b.tenant_id, b.xid_from, b.period, b.chunk
      order by b.tenant_id, b.period, b.chunk
    $q$,
    seal_stream.stream, seal_stream.stream || '_leaf')
  using v_tenants, v_xids, v_ids, seal_stream.horizon, seal_stream.since, v_state.began_with,
    seal_stream.row_limit, c_leaves, v_froms
  loop
    v_block.tenant_id := v_chunk.tenant_id;
    v_block.stream := seal_stream.stream;
    v_block.incarnation := v_state.incarnation;
    v_block.period := v_chunk.period;
    v_block.pass_no := v_state.pass_no;
    v_block.xid_from := v_chunk.xid_from;
    v_block.xid_to := case when v_chunk.is_cut then v_chunk.tenant_last_xid else seal_stream.horizon end;
    v_block.first_transaction_id := v_chunk.first_transaction_id;
    v_block.first_id := encode(substring(v_chunk.leaves from 1 for 16), 'hex');
    v_block.last_transaction_id := v_chunk.last_transaction_id;
    v_block.last_id := encode(substring(v_chunk.leaves from octet_length(v_chunk.leaves) - 47 for 16), 'hex');
    v_block.leaf_count := v_chunk.leaf_count;
    v_block.fingerprint := v_fingerprint;
    v_block.sealed_at := v_at;

    perform comply_private.seal_block(v_block, v_chunk.leaves);
    sealed := sealed + v_chunk.leaf_count;
  end loop;
end;
$$;

comment on function comply_private.seal_stream(text, xid8, timestamptz, interval, bigint) is
  'Seal the rows of a stream below a transaction, up to a number of rows; return how many, and the first '
  'transaction that was left because it is younger than max_age.';

revoke execute on function comply_private.seal_stream(text, xid8, timestamptz, interval, bigint) from public;
