-- Writes the record, which callers cannot, so it has the owner's rights. An archive that was verified may be again.
create or replace function comply.verify_archive(
  tenant_id    text,
  archive_id   uuid,
  manifest     text default null,
  object_hash  bytea default null,
  object_bytes bigint default null
)
returns timestamptz
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_archive comply.archives := comply_private.known_archive(verify_archive.tenant_id, verify_archive.archive_id);
begin
  perform comply_private.read_back(
    v_archive, verify_archive.manifest, verify_archive.object_hash, verify_archive.object_bytes);
  drop table pg_temp.comply_stage;

  update comply.archives as a
  set verified_at = comply.now(),
      verified_by = session_user
  where a.tenant_id = verify_archive.tenant_id
    and a.id = verify_archive.archive_id
    and a.verified_at is null
  returning a.verified_at
  into v_archive.verified_at;

  return coalesce(v_archive.verified_at, comply.now());
end;
$$;

comment on function comply.verify_archive(text, uuid, text, bytea, bigint) is
  'Compare what was read back of an archive with what is on record, and note that it is whole. Of sinks table and '
  'azure_storage the server reads it back by itself; else pass manifest, SHA-256 and size as read, after '
  'comply.stage_archive() and its COPY. Raises PC313, PC314, PC315.';

revoke execute on function comply.verify_archive(text, uuid, text, bytea, bigint) from public;
grant  execute on function comply.verify_archive(text, uuid, text, bytea, bigint) to comply_admin, comply_operator;
