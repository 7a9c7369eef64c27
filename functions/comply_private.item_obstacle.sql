create or replace function comply_private.item_obstacle(item uuid)
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_item comply.retention_items;
  v_held text;
begin
  select i.*
  into v_item
  from comply.retention_items as i
  where i.id = item_obstacle.item;

  if v_item.detached_at is null and comply_private.month_partition(v_item.table_name, v_item.month) is null then
    return 'the month is gone';
  end if;

  select format('tenant %s is held for %s', h.tenant_id, h.matter)
  into v_held
  from (
    select s.tenant_id, comply_private.held(s.tenant_id, s.covers_from, s.covers_until) as matter
    from comply.retention_slices as s
    where s.item_id = v_item.id
  ) as h
  where h.matter is not null
  order by h.tenant_id
  limit 1;

  if found then
    return v_held;
  end if;

  if v_item.fingerprint <> comply_private.retention_fingerprint(
    v_item.table_name,
    v_item.month,
    array(select s.tenant_id from comply.retention_slices as s where s.item_id = v_item.id))
  then
    return 'rules or holds are not those that it was planned by';
  end if;

  return null;
end;
$$;

comment on function comply_private.item_obstacle(uuid) is
  'Return why an item must not go on: a hold, or rules that have changed since it was planned; null: nothing.';

revoke execute on function comply_private.item_obstacle(uuid) from public;
