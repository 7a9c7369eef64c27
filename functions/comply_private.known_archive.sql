-- Locks the row, so that of those who verify, restore and purge an archive one goes first.
create or replace function comply_private.known_archive(tenant_id text, archive_id uuid)
returns comply.archives
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_archive comply.archives;
begin
  select a.*
  into v_archive
  from comply.archives as a
  where a.tenant_id = known_archive.tenant_id
    and a.id = known_archive.archive_id
  for update;

  if not found or v_archive.purged_at is not null then
    raise exception 'archive % of tenant % is %', coalesce(known_archive.archive_id::text, 'null'),
      quote_nullable(known_archive.tenant_id), case when found then 'purged' else 'unknown' end
      using errcode = 'PC314',
            hint    = 'comply.archives has all that were made, with their tenants.';
  end if;

  return v_archive;
end;
$$;

comment on function comply_private.known_archive(text, uuid) is
  'Return an archive that is not purged, and lock its row. Raises PC314.';

revoke execute on function comply_private.known_archive(text, uuid) from public;
