-- Locks the row, so that of those who attach and drop what came back one goes first.
create or replace function comply_private.known_restore(tenant_id text, restore_id uuid)
returns comply.restores
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_restore comply.restores;
begin
  select r.*
  into v_restore
  from comply.restores as r
  where r.tenant_id = known_restore.tenant_id
    and r.id = known_restore.restore_id
  for update;

  if not found or v_restore.dropped_at is not null or v_restore.problem is not null then
    raise exception 'nothing is there of restore % of tenant %', coalesce(known_restore.restore_id::text, 'null'),
      quote_nullable(known_restore.tenant_id)
      using errcode = 'PC317',
            hint    = 'comply.restores says what was brought back, attached and dropped. Restore the archive again.';
  end if;

  return v_restore;
end;
$$;

comment on function comply_private.known_restore(text, uuid) is
  'Return a restore whose rows are there, and lock its row. Raises PC317.';

revoke execute on function comply_private.known_restore(text, uuid) from public;
