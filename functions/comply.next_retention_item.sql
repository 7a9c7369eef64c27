-- Writes items, which callers cannot, so it has the owner's rights. The one that was tried longest ago comes next, and
-- is noted before it is tried: one that fails does not keep the others waiting.
create or replace function comply.next_retention_item(since timestamptz)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
declare
  v_item uuid;
begin
  select i.id
  into v_item
  from comply.retention_items as i
  where i.state not in ('dropped', 'refused')
    and (i.tried_at is null or i.tried_at < next_retention_item.since)
  order by i.tried_at nulls first, i.planned_at, i.id
  limit 1
  for update skip locked;

  update comply.retention_items as i
  set tried_at = clock_timestamp()
  where i.id = v_item;

  return v_item;
end;
$$;

comment on function comply.next_retention_item(timestamptz) is
  'Return the item that comply.enforce_retention() has to look at next, of those not looked at since a time; null: '
  'none.';

revoke execute on function comply.next_retention_item(timestamptz) from public;
grant  execute on function comply.next_retention_item(timestamptz) to comply_admin, comply_operator;
