-- Drops a table, which callers cannot, so it has the owner's rights.
create or replace function comply.drop_restored(tenant_id text, restore_id uuid)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  perform comply_private.known_restore(drop_restored.tenant_id, drop_restored.restore_id);
  execute format('drop table %s', comply_private.restored_partition(drop_restored.restore_id));

  update comply.restores as r
  set dropped_by = session_user,
      dropped_at = comply.now()
  where r.tenant_id = drop_restored.tenant_id
    and r.id = drop_restored.restore_id;
end;
$$;

comment on function comply.drop_restored(text, uuid) is
  'Drop what a restore brought back; the archive stays. Waits for whoever reads it. Raises PC317.';

revoke execute on function comply.drop_restored(text, uuid) from public;
grant  execute on function comply.drop_restored(text, uuid) to comply_admin;
