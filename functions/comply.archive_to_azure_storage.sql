-- Reads rows that some callers cannot, and sends them where the owner may, so it has the owner's rights; nothing of
-- the rows is returned. The blob is as comply-db archive writes one; if the transaction rolls back, it stays, and no row
-- tells of it.
create or replace function comply.archive_to_azure_storage(
  table_name   text,
  tenant_id    text,
  covers_from  timestamptz,
  covers_until timestamptz,
  account      text,
  container    text,
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
  v_id       uuid := comply.new_id();
  v_name     text;
  v_open     record;
  v_bytes    bigint;
  v_manifest text;
begin
  perform comply_private.check_azure_storage();

  select o.*
  into v_open
  from comply.open_archive(
    archive_to_azure_storage.table_name, archive_to_azure_storage.tenant_id, archive_to_azure_storage.covers_from,
    archive_to_azure_storage.covers_until) as o;

  v_name := format('%s/%s/%s_%s_%s.csv.gz', archive_to_azure_storage.tenant_id, archive_to_azure_storage.table_name,
                   to_char(archive_to_azure_storage.covers_from, 'YYYY-MM-DD'),
                   to_char(archive_to_azure_storage.covers_until, 'YYYY-MM-DD'), v_id);

  execute format(
    $q$
      select azure_storage.blob_put($1, $2, $3, s, 'csv', 'gzip', azure_storage.options_csv_put(header => true))
      from (%s) as s
    $q$,
    comply_private.archive_selection(
      comply_private.archived_table(archive_to_azure_storage.table_name), archive_to_azure_storage.tenant_id,
      archive_to_azure_storage.covers_from, archive_to_azure_storage.covers_until))
  using archive_to_azure_storage.account, archive_to_azure_storage.container, v_name;

  execute format('select l.bytes from %I.blob_list($1, $2, $3) as l where l.path = $3', 'azure_storage')
  into v_bytes
  using archive_to_azure_storage.account, archive_to_azure_storage.container, v_name;

  v_manifest := jsonb_pretty(jsonb_build_object(
    'manifest', 'comply-db archive 1',
    'table_name', archive_to_azure_storage.table_name,
    'tenant_id', archive_to_azure_storage.tenant_id,
    'covers_from', archive_to_azure_storage.covers_from,
    'covers_until', archive_to_azure_storage.covers_until,
    'row_count', v_open.row_count,
    'content_hash', encode(v_open.content_hash, 'hex'),
    'first_key', v_open.first_key,
    'last_key', v_open.last_key,
    'columns', v_open.columns,
    'column_types', v_open.column_types,
    'schema_fingerprint', encode(v_open.schema_fingerprint, 'hex'),
    'key_ids', v_open.key_ids,
    'format', 'csv.gz',
    'object_name', v_name,
    'object_hash', null,
    'object_bytes', v_bytes,
    'archived_at', comply.now()));

  execute format(
    $q$ select %I.blob_put($1, $2, $3, m, 'text', 'none', null::jsonb) from (select $4 as manifest) as m $q$,
    'azure_storage')
  using archive_to_azure_storage.account, archive_to_azure_storage.container, v_name || '.json', v_manifest;

  insert into comply.archives (
    tenant_id, id, table_name, covers_from, covers_until, row_count, content_hash, first_key, last_key, columns,
    column_types, schema_fingerprint, key_ids, format, sink, location, object_name, object_bytes, manifest_hash,
    keep_until)
  values (
    archive_to_azure_storage.tenant_id, v_id, archive_to_azure_storage.table_name,
    archive_to_azure_storage.covers_from, archive_to_azure_storage.covers_until, v_open.row_count,
    v_open.content_hash, v_open.first_key, v_open.last_key, v_open.columns, v_open.column_types,
    v_open.schema_fingerprint, v_open.key_ids, 'csv.gz', 'azure_storage',
    format('https://%s.blob.core.windows.net/%s', archive_to_azure_storage.account,
           archive_to_azure_storage.container),
    v_name, v_bytes, sha256(convert_to(v_manifest, 'UTF8')), comply.now() + archive_to_azure_storage.keep);

  return v_id;
end;
$$;

comment on function comply.archive_to_azure_storage(text, text, timestamptz, timestamptz, text, text, interval) is
  'Archive a tenant''s rows of a span to a container by the extension azure_storage, to be kept for so long; return the '
  'id. comply.verify_archive() then reads it back. Raises PC311, PC312, PC313.';

revoke execute on function comply.archive_to_azure_storage(text, text, timestamptz, timestamptz, text, text, interval)
  from public;
grant  execute on function comply.archive_to_azure_storage(text, text, timestamptz, timestamptz, text, text, interval)
  to comply_admin, comply_operator;
