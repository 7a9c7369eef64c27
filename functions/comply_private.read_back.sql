create or replace function comply_private.read_back(
  archive      comply.archives,
  manifest     text,
  object_hash  bytea,
  object_bytes bigint
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_found record;
begin
  if read_back.archive.sink in ('table', 'azure_storage') then
    select l.*
    into v_found
    from comply_private.load_stage(read_back.archive) as l;

    perform comply_private.check_stage(
      read_back.archive, v_found.manifest, v_found.object_hash, v_found.object_bytes);
  else
    perform comply_private.check_stage(
      read_back.archive, read_back.manifest, read_back.object_hash, read_back.object_bytes);
  end if;
end;
$$;

comment on function comply_private.read_back(comply.archives, text, bytea, bigint) is
  'Read an archive back, if the server can, and refuse it if any of it differs from what is on record. '
  'Raises PC313, PC315.';

revoke execute on function comply_private.read_back(comply.archives, text, bytea, bigint) from public;
