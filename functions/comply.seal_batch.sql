-- Writes the ledger, which callers cannot, so it has the owner's rights. Never waits: who finds the lock of
-- ledger_state taken leaves the work to its holder. The horizon is the oldest transaction that may still write;
-- it is read by a statement of its own, before the rows, so the rows below it are all there and all seen.
create or replace function comply.seal_batch(max_age interval default '0', batch_rows bigint default 100000)
returns bigint
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_state   comply_private.ledger_state;
  v_started timestamptz := clock_timestamp();
  v_horizon xid8;
  v_stream  record;
  v_sealed  bigint := 0;
  v_left    xid8;
begin
  if coalesce(seal_batch.batch_rows, 0) not between 1 and 10000000 or seal_batch.max_age is null then
    raise exception 'a batch of % rows no older than % cannot be sealed',
      coalesce(seal_batch.batch_rows::text, 'null'), coalesce(seal_batch.max_age::text, 'null')
      using errcode = 'PC203',
            hint    = 'Pass an interval, and 1 to 10,000,000 rows.';
  end if;

  select s.*
  into v_state
  from comply_private.ledger_state as s
  for update skip locked;

  if not found then
    return 0;
  end if;

  v_horizon := pg_snapshot_xmin(pg_current_snapshot());

  if v_horizon < v_state.sealed_to then
    raise exception 'transaction % comes before %, up to which the ledger is sealed', v_horizon, v_state.sealed_to
      using errcode = 'PC204',
            hint    = 'The database was restored into another server: call comply.begin_incarnation(reason, digest).';
  end if;

  update comply_private.ledger_state as s
  set pass_no = s.pass_no + 1;

  for v_stream in
    select t.name
    from comply_private.ledger_streams() as t (name)
  loop
    exit when v_sealed = seal_batch.batch_rows;

    select v_sealed + s.sealed, least(v_left, s.left_from)
    into v_sealed, v_left
    from comply_private.seal_stream(
      v_stream.name, v_horizon, seal_batch.max_age, seal_batch.batch_rows - v_sealed) as s;
  end loop;

  -- Where the limit struck, what is left is not known: the next batch will say.
  if v_sealed < seal_batch.batch_rows then
    update comply_private.ledger_state as s
    set sealed_to = least(v_left, v_horizon),
        sealed_at = v_started;
  end if;

  return v_sealed;
end;
$$;

comment on function comply.seal_batch(interval, bigint) is
  'Seal up to a number of audit rows, the tenant''s oldest first; return how many. A tenant waits until 1,024 of its '
  'rows can be sealed, or one is older than max_age. Raises PC203, PC204.';

revoke execute on function comply.seal_batch(interval, bigint) from public;
grant  execute on function comply.seal_batch(interval, bigint) to comply_admin, comply_operator;
