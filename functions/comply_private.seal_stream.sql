-- The caller holds the lock of ledger_state, and read the horizon before anything else.
create or replace function comply_private.seal_stream(
  stream    text,
  horizon   xid8,
  max_age   interval,
  row_limit bigint,
  out sealed    bigint,
  out left_from xid8)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_state       comply_private.ledger_state;
  v_at          timestamptz := comply_private.clock();
  v_fingerprint bytea := comply_private.ledger_fingerprint();
  v_due         record;
  v_chunk       record;
  v_block       comply.ledger_blocks;
begin
  sealed := 0;

  select s.*
  into v_state
  from comply_private.ledger_state as s;

  select
    array_agg(t.tenant order by t.tenant) filter (where t.is_due) as tenants,
    array_agg(t.transaction_id order by t.tenant) filter (where t.is_due) as transaction_ids,
    array_agg(t.id order by t.tenant) filter (where t.is_due) as ids,
    array_agg(t.xid_from order by t.tenant) filter (where t.is_due) as xids_from,
    min(t.left_from) filter (where not t.is_due) as left_from
  into v_due
  from comply_private.tenants_to_seal(
    seal_stream.stream, seal_stream.horizon, seal_stream.max_age) as t;

  left_from := v_due.left_from;

  for v_chunk in
    select c.*
    from comply_private.chunks_to_seal(
      seal_stream.stream, seal_stream.horizon, seal_stream.row_limit, v_due.tenants,
      v_due.transaction_ids, v_due.ids, v_due.xids_from) as c
  loop
    v_block.tenant_id := v_chunk.tenant;
    v_block.stream := seal_stream.stream;
    v_block.incarnation := v_state.incarnation;
    v_block.period := v_chunk.period;
    v_block.pass_no := v_state.pass_no;
    v_block.xid_from := v_chunk.xid_from;
    v_block.xid_to := v_chunk.xid_to;
    v_block.first_transaction_id := v_chunk.first_transaction_id;
    v_block.last_transaction_id := v_chunk.last_transaction_id;
    v_block.fingerprint := v_fingerprint;
    v_block.sealed_at := v_at;

    perform comply_private.seal_block(v_block, v_chunk.leaves);
    sealed := sealed + octet_length(v_chunk.leaves) / 48;
  end loop;
end;
$$;

comment on function comply_private.seal_stream(text, xid8, interval, bigint) is
  'Seal the rows of a stream below a transaction, up to a number of rows; return how many, and the first '
  'transaction that was left because it is younger than max_age.';

revoke execute on function comply_private.seal_stream(text, xid8, interval, bigint) from public;
