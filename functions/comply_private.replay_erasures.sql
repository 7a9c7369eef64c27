-- Erasures wait for this transaction, so none is missed that is under way; a snapshot from before the wait would miss
-- it all the same. Each subject is asked for once.
create or replace function comply_private.replay_erasures(tenant_id text, restore_id uuid)
returns bigint
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_erased bigint;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'erasures are not replayed at isolation level %', current_setting('transaction_isolation')
      using errcode = 'PC317',
            hint    = 'Begin the transaction with isolation level read committed.';
  end if;

  lock table comply.erasures in share mode;

  if comply_private.is_erased(replay_erasures.tenant_id, null) then
    raise exception 'tenant % was erased', quote_literal(replay_erasures.tenant_id)
      using errcode = 'PC316',
            hint    = 'What was erased does not come back: comply.erasures says when and why.';
  end if;

  select coalesce(sum(comply_private.erase_restored(
           replay_erasures.tenant_id, s.subject_id, replay_erasures.restore_id)), 0)
  into v_erased
  from (
    select distinct i.image ->> c.column_name as subject_id
    from comply_private.restored_rows as r
    cross join lateral (
      values
        (r.table_name, r.content),
        (r.content ->> 'table_name', r.content -> 'old_values'),
        (r.content ->> 'table_name', r.content -> 'new_values')
    ) as i (table_name, image)
    join comply_private.subject_columns as c on c.table_name = i.table_name
    where r.tenant_id = replay_erasures.tenant_id
      and r.restore_id = replay_erasures.restore_id
      and jsonb_typeof(i.image) = 'object'
      and i.image ->> c.column_name is not null
  ) as s
  where comply_private.is_erased(replay_erasures.tenant_id, s.subject_id);

  return v_erased;
end;
$$;

comment on function comply_private.replay_erasures(text, uuid) is
  'Remove what was erased since from what a restore brought back; return how many rows are gone. Erasures wait until '
  'the transaction ends. Raises PC316, PC317.';

revoke execute on function comply_private.replay_erasures(text, uuid) from public;
