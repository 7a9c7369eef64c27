-- Writes the record and asks for holds, which callers cannot, so it has the owner's rights. Holds wait for this
-- transaction, so none is missed that is being placed. An object that is elsewhere is removed afterwards, by whoever
-- may; if two runs at once recorded the same one, it stays until both are purged.
create or replace function comply.purge_archive(tenant_id text, archive_id uuid)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_archive  comply.archives;
  v_item     uuid;
  v_obstacle text;
begin
  perform comply_private.lock_holds();

  -- A repeat, because the object of what is purged may still be there.
  if not exists (
    select
    from comply.archives as a
    where a.tenant_id = purge_archive.tenant_id
      and a.id = purge_archive.archive_id
      and a.purged_at is not null
  ) then
    v_archive := comply_private.known_archive(purge_archive.tenant_id, purge_archive.archive_id);
  end if;

  -- Waits for the step that an item is at, and keeps it from the next one until this is decided.
  select i.id
  into v_item
  from comply.retention_items as i
  where i.state not in ('dropped', 'refused')
    and exists (
      select
      from comply.retention_slices as s
      where s.item_id = i.id
        and s.tenant_id = v_archive.tenant_id
        and s.archive_id = v_archive.id
    )
  limit 1
  for share;

  v_obstacle := case
    when v_item is not null then format('item %s of retention relies on it', v_item)
    when v_archive.keep_until > comply.now() then format('it is kept until %s', v_archive.keep_until)
    else 'matter ' || quote_literal(
      comply_private.held(v_archive.tenant_id, v_archive.covers_from, v_archive.covers_until)) || ' holds it'
  end;

  if v_obstacle is not null then
    raise exception 'archive % of tenant % is not purged: %', v_archive.id, quote_literal(v_archive.tenant_id),
      v_obstacle
      using errcode = 'PC319',
            hint    = 'Wait for the time or the item, or have the hold released.';
  end if;

  delete from comply_private.archived_rows as c
  where c.tenant_id = purge_archive.tenant_id
    and c.archive_id = purge_archive.archive_id;

  update comply.archives as a
  set purged_by = session_user,
      purged_at = comply.now()
  where a.tenant_id = purge_archive.tenant_id
    and a.id = purge_archive.archive_id
    and a.purged_at is null;

  return not exists (
    select
    from comply.archives as a
    join comply.archives as b on b.tenant_id = a.tenant_id and b.location = a.location and b.object_name = a.object_name
    where a.tenant_id = purge_archive.tenant_id
      and a.id = purge_archive.archive_id
      and b.purged_at is null
  );
end;
$$;

comment on function comply.purge_archive(text, uuid) is
  'Give up an archive whose time is over: what is in the database is deleted. Return whether an object that is '
  'elsewhere may be. Idempotent. Holds wait until the transaction ends. Raises PC308, PC314, PC319.';

revoke execute on function comply.purge_archive(text, uuid) from public;
grant  execute on function comply.purge_archive(text, uuid) to comply_admin;
