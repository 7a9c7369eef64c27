-- The coverage equation: everything below the point up to which a tenant is sealed is in a block. Without it a row
-- that was slipped in behind the sealer would never be looked at. A tenant without a head is sealed as
-- far as all are.
create or replace function comply_private.uncovered_months(stream text, tenant_id text default null)
returns table (tenant text, period timestamptz, sealed bigint, present bigint)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
#variable_conflict use_column
begin
  return query execute format(
    $q$
      select
        coalesce(s.tenant_id, p.tenant_id),
        coalesce(s.period, p.period),
        coalesce(s.leaves, 0),
        coalesce(p.present, 0)
      from (
        select b.tenant_id, b.period, sum(b.leaf_count)::bigint as leaves
        from comply.ledger_blocks as b
        where b.stream = $1
          and ($2 is null or b.tenant_id = $2)
          and (b.tenant_id, b.period) not in (
            select g.tenant, g.period
            from comply_private.lawful_gaps($1, $2) as g
          )
        group by b.tenant_id, b.period
      ) as s
      full join (
        select a.tenant_id, date_trunc('month', a."timestamp") as period, count(*) as present
        from comply.%1$I as a
        left join comply_private.ledger_heads as h on h.tenant_id = a.tenant_id and h.stream = $1
        where ($2 is null or a.tenant_id = $2)
          and (
            a.transaction_id < greatest(h.xid_to, $3)
            or (a.transaction_id, a.id) <= (h.last_transaction_id, h.last_id)
            or a.id < $4
          )
        group by a.tenant_id, date_trunc('month', a."timestamp")
      ) as p on p.tenant_id = s.tenant_id and p.period = s.period
      where coalesce(s.leaves, 0) <> coalesce(p.present, 0)
    $q$,
    uncovered_months.stream)
  using uncovered_months.stream, uncovered_months.tenant_id, comply_private.sealed_to(), (
    select s.began_with
    from comply_private.ledger_state as s
  );
end;
$$;

comment on function comply_private.uncovered_months(text, text) is
  'Return the tenants and months in which the headers count other rows than there are.';

revoke execute on function comply_private.uncovered_months(text, text) from public;
