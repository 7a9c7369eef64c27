-- Writes the ledger, which callers cannot, so it has the owner's rights. Transaction ids begin again on another
-- server, so a life of the database is told by audit ids: those of the next one are greater than all there are.
-- Waits for writers and holds them off, because every row must be on one side of that border.
create or replace function comply.begin_incarnation(reason text, digest text default null)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  c_everything constant xid8 := '18446744073709551615'::xid8;
  c_batch      constant bigint := 100000;
  v_state        comply_private.ledger_state;
  v_table        regclass;
  v_stream       text;
  v_sealed       bigint;
  v_began_with   uuid;
  v_microseconds bigint;
  v_is_behind    boolean;
begin
  if coalesce(begin_incarnation.reason, '') !~ '\S' then
    raise exception 'an incarnation begins for a reason, not for %', quote_nullable(begin_incarnation.reason)
      using errcode = 'PC231',
            hint    = 'Say what happened: which backup was restored, when, and by whom.';
  end if;

  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    raise exception 'an incarnation does not begin by the view of a % transaction',
      current_setting('transaction_isolation')
      using errcode = 'PC231',
            hint    = 'Call it in a READ COMMITTED transaction, which sees the rows of those it has waited for.';
  end if;

  select s.*
  into v_state
  from comply_private.ledger_state as s
  for update;

  -- First what the trail tells of: a statement that waits for the trail has taken its audit ids before.
  for v_table in
    select t.tgrelid::regclass
    from pg_trigger as t
    join pg_class as c on c.oid = t.tgrelid
    where c.relnamespace = 'comply'::regnamespace
      and not c.relispartition
      and t.tgname = '_530_audit_truncate'
    order by c.relname
  loop
    execute format('lock table %s in share row exclusive mode', v_table);
  end loop;

  for v_stream in
    select t.name
    from comply_private.ledger_streams() as t (name)
  loop
    execute format('lock table comply.%I in share row exclusive mode', v_stream);
  end loop;

  v_microseconds := date_part('epoch', clock_timestamp()) * 1000000;
  v_began_with := (comply_private.audit_id_head(v_microseconds) || repeat('0', 15))::uuid;

  update comply_private.ledger_state as s
  set pass_no = s.pass_no + 1;

  for v_stream in
    select t.name
    from comply_private.ledger_streams() as t (name)
  loop
    execute format('select exists (select from comply.%I as a where a.id >= $1)', v_stream)
    into v_is_behind
    using v_began_with;

    if v_is_behind then
      raise exception 'the clock is behind rows of comply.%', v_stream
        using errcode = 'PC231',
              hint    = 'Set the server''s clock first: ids of the next incarnation must come after all there are.';
    end if;

    loop
      select s.sealed
      into v_sealed
      from comply_private.seal_stream(v_stream, c_everything, '0', c_batch) as s;

      exit when v_sealed < c_batch;
    end loop;
  end loop;

  update comply_private.ledger_heads as h
  set xid_to = '0',
      last_transaction_id = '0',
      last_id = '00000000-0000-0000-0000-000000000000';

  update comply_private.ledger_state as s
  set incarnation = s.incarnation + 1,
      began_with = v_began_with,
      sealed_to = '0';

  insert into comply.audit_trail (
    tenant_id, id, "timestamp", table_name, record_id, operation, user_id, active_role, actor, new_values,
    transaction_id)
  values (
    '_system',
    (comply_private.audit_id_head(v_microseconds) || '0000001' || comply_private.audit_id_tail())::uuid,
    comply_private.clock(), 'ledger_incarnations', gen_random_uuid(), 'INSERT', session_user,
    nullif(current_setting('role'), 'none'), comply.current_actor(),
    jsonb_build_object(
      'incarnation', v_state.incarnation + 1,
      'reason', begin_incarnation.reason,
      'known_digest', begin_incarnation.digest,
      'checkpoints', v_state.checkpoints),
    pg_current_xact_id());

  return comply.checkpoint();
end;
$$;

comment on function comply.begin_incarnation(text, text) is
  'After a restore, seal what is there, and begin to count transactions anew; the trail keeps the reason and the last '
  'digest known outside. Return the digest of a new checkpoint. Holds off writers until the transaction ends. Raises '
  'PC231.';

revoke execute on function comply.begin_incarnation(text, text) from public;
grant  execute on function comply.begin_incarnation(text, text) to comply_admin;
