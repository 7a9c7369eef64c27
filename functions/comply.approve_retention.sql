-- Writes items, which callers cannot, so it has the owner's rights: nobody chooses who approved.
create or replace function comply.approve_retention(item uuid)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
declare
  v_item     comply.retention_items;
  v_obstacle text;
begin
  select i.*
  into v_item
  from comply.retention_items as i
  where i.id = approve_retention.item
  for update;

  if not found then
    raise exception 'there is no item %', quote_nullable(approve_retention.item::text)
      using errcode = 'PC303',
            hint    = 'See comply.retention_items.';
  end if;

  if v_item.approved_by = session_user and v_item.state <> 'refused' then
    return false;
  end if;

  if v_item.state <> 'planned' then
    raise exception 'item % is %', v_item.id, v_item.state
      using errcode = 'PC304',
            hint    = 'Only what is planned can be approved: see comply.retention_items.';
  end if;

  if v_item.planned_by = session_user then
    raise exception '% planned item %', session_user, v_item.id
      using errcode = 'PC305',
            hint    = 'Another person approves, who neither planned it nor will run comply.enforce_retention().';
  end if;

  v_obstacle := comply_private.item_obstacle(v_item.id);

  if v_obstacle is not null then
    raise exception 'item % is not approved: %', v_item.id, v_obstacle
      using errcode = 'PC306',
            hint    = 'The next run of comply.enforce_retention() plans it again.';
  end if;

  update comply.retention_items as i
  set state = 'approved',
      approved_by = session_user,
      approved_at = comply_private.clock(),
      reason = null
  where i.id = v_item.id;

  return true;
end;
$$;

comment on function comply.approve_retention(uuid) is
  'Agree, as a second person, to what an item destroys; true if this call approved it, false if this login had. Raises '
  'PC303, PC304, PC305, PC306.';

revoke execute on function comply.approve_retention(uuid) from public;
grant  execute on function comply.approve_retention(uuid) to comply_admin;
