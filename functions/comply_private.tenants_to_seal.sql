-- The tenants in the order of the index, by jumping from one to the next; of each, where its last block ended and
-- what comes after. Index scans only: a stream that was just filled has no statistics, and the planner would sort it.
create or replace function comply_private.tenants_to_seal(
  stream  text,
  horizon xid8,
  max_age interval)
returns table (tenant text, transaction_id xid8, id uuid, xid_from xid8, left_from xid8, is_due boolean)
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
      with recursive tenant (tenant_id) as (
        (
          select a.tenant_id
          from comply.%1$I as a
          order by a.tenant_id
          limit 1
        )
        union all
        select (
          select a.tenant_id
          from comply.%1$I as a
          where a.tenant_id > t.tenant_id
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
          $5 = interval '0'
            or f."timestamp" <= $4 - $5
            or exists (
              select
              from comply.%1$I as a
              where a.tenant_id = t.tenant_id
                and (a.transaction_id, a.id) > (p.transaction_id, p.id)
                and a.transaction_id < $2
                and a.id >= $3
              offset $6 - 1
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
            and a.transaction_id < $2
            and a.id >= $3
          order by a.transaction_id, a.id
          limit 1
        ) as f
      )
      select w.tenant_id, w.transaction_id, w.id, w.xid_from, w.left_from, w.is_due
      from waiting as w
    $q$,
    tenants_to_seal.stream)
  using tenants_to_seal.stream, tenants_to_seal.horizon, (
    select s.began_with
    from comply_private.ledger_state as s
  ), comply_private.clock(), tenants_to_seal.max_age, 1024;
end;
$$;

comment on function comply_private.tenants_to_seal(text, xid8, interval) is
  'Return the tenants that have rows to seal: the last sealed one, where the next block begins, the first transaction '
  'that is left, and whether 1,024 rows are there or the first is older than max_age.';

revoke execute on function comply_private.tenants_to_seal(text, xid8, interval) from public;
