-- The bytes are those of a jsonb array, whose text is the same everywhere once time zone and bytea form are
-- fixed. Contents go in by their own hash, so that a large file costs one pass. A new column of the table
-- goes to the end, and only where it is not null, or every older hash would change.
create or replace function comply_private.event_hash(event comply_private.schema_migration_events)
returns bytea
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set bytea_output = 'hex'
as $$
begin
  return sha256(convert_to(
    jsonb_build_array(
      event.prev_hash, event.seq, event.run_id, event.event, event.path, event.kind, event.version,
      event.checksum, sha256(convert_to(event.content, 'UTF8')),
      sha256(convert_to(event.revert_content, 'UTF8')),
      event.transactional, event.statements, event.objects, event.sqlstate, event.message, event.error_line,
      event.attempts, event.started_at, event.finished_at, event.context
    )::text, 'UTF8'));
end;
$$;

comment on function comply_private.event_hash(comply_private.schema_migration_events) is
  'Return the SHA-256 that an event must carry as row_hash.';

revoke execute on function comply_private.event_hash(comply_private.schema_migration_events) from public;
