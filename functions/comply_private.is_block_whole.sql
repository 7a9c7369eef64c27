create or replace function comply_private.is_block_whole(stream text, tenant_id text, block_no bigint)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
declare
  v_is_whole boolean;
begin
  execute format(
    $q$
      select comply_private.merkle_root(
        (
          select string_agg(comply_private.%2$I(a), '' order by a.transaction_id, a.id)
          from comply.%1$I as a
          where a.tenant_id = b.tenant_id
            and (a.transaction_id, a.id) >= (b.first_transaction_id, b.first_id)
            and (a.transaction_id, a.id) <= (b.last_transaction_id, b.last_id)
            and a."timestamp" >= b.period
            and a."timestamp" < b.period + interval '1 month'
        )) = b.root
      from comply.ledger_blocks as b
      where b.tenant_id = $1
        and b.stream = $2
        and b.block_no = $3
    $q$,
    is_block_whole.stream, is_block_whole.stream || '_leaf')
  into v_is_whole
  using is_block_whole.tenant_id, is_block_whole.stream, is_block_whole.block_no;

  return coalesce(v_is_whole, false);
end;
$$;

comment on function comply_private.is_block_whole(text, text, bigint) is
  'Return whether the rows of a block still hash to its root.';

revoke execute on function comply_private.is_block_whole(text, text, bigint) from public;
