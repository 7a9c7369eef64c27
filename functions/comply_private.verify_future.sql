-- A transaction that this snapshot has not seen begin cannot have written a row that it sees, its own apart.
create or replace function comply_private.verify_future(stream text, tenant_id text default null)
returns table (problem text, tenant text, row_id uuid, detail text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
#variable_conflict use_column
begin
  return query execute format(
    $q$
      with recursive tenant (tenant_id) as (
        (
          select a.tenant_id
          from comply.%1$I as a
          where $1 is null or a.tenant_id = $1
          order by a.tenant_id
          limit 1
        )
        union all
        select (
          select a.tenant_id
          from comply.%1$I as a
          where a.tenant_id > t.tenant_id
            and $1 is null
          order by a.tenant_id
          limit 1
        )
        from tenant as t
        where t.tenant_id is not null
      )
      select
        'row_future_xid',
        a.tenant_id,
        a.id,
        format('transaction %%s has not begun', a.transaction_id)
      from tenant as t
      join comply.%1$I as a
        on a.tenant_id = t.tenant_id
        and a.transaction_id >= pg_snapshot_xmax(pg_current_snapshot())
      where a.transaction_id is distinct from pg_current_xact_id_if_assigned()
        and a.id >= (
          select s.began_with
          from comply_private.ledger_state as s
        )
    $q$,
    verify_future.stream)
  using verify_future.tenant_id;
end;
$$;

comment on function comply_private.verify_future(text, text) is
  'Return the rows of a stream whose transaction has not begun yet: they would never be sealed.';

revoke execute on function comply_private.verify_future(text, text) from public;
