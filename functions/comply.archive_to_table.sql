-- Reads rows that some callers cannot, and writes where nobody can, so it has the owner's rights; nothing of the rows
-- is returned. Values are kept as text, as a document would take minus zero for zero, and null for no value.
create or replace function comply.archive_to_table(
  table_name   text,
  tenant_id    text,
  covers_from  timestamptz,
  covers_until timestamptz,
  keep         interval default '10 years'
)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set datestyle = 'ISO, YMD'
set extra_float_digits = 1
set bytea_output = hex
set intervalstyle = iso_8601
as $$
declare
  v_id   uuid := comply.new_id();
  v_open record;
begin
  select o.*
  into v_open
  from comply.open_archive(
    archive_to_table.table_name, archive_to_table.tenant_id, archive_to_table.covers_from,
    archive_to_table.covers_until) as o;

  execute format(
    $q$
      insert into comply_private.archived_rows (tenant_id, archive_id, chunk_no, lines)
      select $1, $2, n.position / 4096, string_agg(n.line, E'\n' order by n.position)
      from (
        select
          to_jsonb(array[%s])::text as line,
          row_number() over (order by s."timestamp", s.id) - 1 as position
        from (%s) as s
      ) as n
      group by n.position / 4096
    $q$,
    (
      select string_agg(format('s.%I::text', c.name), ', ' order by c.position)
      from unnest(v_open.columns) with ordinality as c (name, position)
    ),
    comply_private.archive_selection(
      comply_private.archived_table(archive_to_table.table_name), archive_to_table.tenant_id,
      archive_to_table.covers_from, archive_to_table.covers_until))
  using archive_to_table.tenant_id, v_id;

  insert into comply.archives (
    tenant_id, id, table_name, covers_from, covers_until, row_count, content_hash, first_key, last_key, columns,
    column_types, schema_fingerprint, key_ids, format, sink, location, object_name, object_hash, object_bytes,
    keep_until)
  select
    archive_to_table.tenant_id, v_id, archive_to_table.table_name, archive_to_table.covers_from,
    archive_to_table.covers_until, v_open.row_count, v_open.content_hash, v_open.first_key, v_open.last_key,
    v_open.columns, v_open.column_types, v_open.schema_fingerprint, v_open.key_ids, 'table', 'table',
    'comply_private.archived_rows', v_id::text, h.object_hash, h.object_bytes, comply.now() + archive_to_table.keep
  from comply_private.chunks_hash(archive_to_table.tenant_id, v_id) as h;

  return v_id;
end;
$$;

comment on function comply.archive_to_table(text, text, timestamptz, timestamptz, interval) is
  'Archive a tenant''s rows of a span inside the database, to be kept for so long; return the id. '
  'comply.verify_archive() then reads it back; rows that change meanwhile make it refuse. Raises PC311, PC312.';

revoke execute on function comply.archive_to_table(text, text, timestamptz, timestamptz, interval) from public;
grant  execute on function comply.archive_to_table(text, text, timestamptz, timestamptz, interval)
  to comply_admin, comply_operator;
