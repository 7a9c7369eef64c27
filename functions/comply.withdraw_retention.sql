-- Writes items and attaches what was taken out, which callers cannot, so it has the owner's rights.
create or replace function comply.withdraw_retention(item uuid, reason text)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set lock_timeout = '3s'
as $$
declare
  v_item comply.retention_items;
begin
  select i.*
  into v_item
  from comply.retention_items as i
  where i.id = withdraw_retention.item
  for update;

  if not found then
    raise exception 'there is no item %', quote_nullable(withdraw_retention.item::text)
      using errcode = 'PC303',
            hint    = 'See comply.retention_items.';
  end if;

  if v_item.state = 'refused' then
    return false;
  end if;

  if v_item.state = 'dropped' then
    raise exception 'item % is %', v_item.id, v_item.state
      using errcode = 'PC304',
            hint    = 'What is gone comes back from its archive only: comply-db restore.';
  end if;

  perform comply_private.refuse_item(
    v_item.id, format('withdrawn by %s: %s', session_user, coalesce(withdraw_retention.reason, 'no reason given')));
  return true;
end;
$$;

comment on function comply.withdraw_retention(uuid, text) is
  'End an item before anything more is destroyed: what was taken out of its table comes back. The next run plans it '
  'again, to be approved again; a hold keeps it for good. Idempotent. Raises PC303, PC304.';

revoke execute on function comply.withdraw_retention(uuid, text) from public;
grant  execute on function comply.withdraw_retention(uuid, text) to comply_admin;
