-- Writes the record, which callers cannot, so it has the owner's rights. Called when the object and its manifest are
-- where they are to be, so that no row tells of what is not there; a row says nothing of whether they are whole.
-- The manifest is the text of the file: what of it is recorded is read from it here, so the two are the same.
create or replace function comply.record_archive(
  manifest    text,
  sink        text,
  location    text,
  object_name text,
  keep        interval default '10 years'
)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_manifest jsonb := record_archive.manifest::jsonb;
  v_read     record;
  v_id       uuid;
begin
  select m.*
  into v_read
  from jsonb_to_record(v_manifest) as m (
    tenant_id text, table_name text, covers_from timestamptz, covers_until timestamptz, row_count bigint,
    content_hash text, first_key jsonb, last_key jsonb, columns text[], column_types text[],
    schema_fingerprint text, key_ids uuid[], format text, object_hash text, object_bytes bigint);

  perform comply_private.archived_table(v_read.table_name);
  perform comply_private.check_span(v_read.covers_from, v_read.covers_until);
  perform comply_private.stage_definition(v_read.columns, v_read.column_types);

  if v_manifest ->> 'manifest' is distinct from 'comply-db archive 1'
    or record_archive.sink is null
    or record_archive.sink not in ('directory', 'azure_blob')
    or decode(v_read.schema_fingerprint, 'hex')
      is distinct from comply_private.schema_fingerprint(v_read.columns, v_read.column_types)
  then
    raise exception 'manifest % of sink % is not recorded', quote_nullable(v_manifest ->> 'manifest'),
      quote_nullable(record_archive.sink)
      using errcode = 'PC313',
            hint    = 'Pass what comply-db archive writes to a directory, or to azure_blob.';
  end if;

  insert into comply.archives (
    tenant_id, table_name, covers_from, covers_until, row_count, content_hash, first_key, last_key, columns,
    column_types, schema_fingerprint, key_ids, format, sink, location, object_name, object_hash, object_bytes,
    manifest_hash, keep_until)
  values (
    v_read.tenant_id, v_read.table_name, v_read.covers_from, v_read.covers_until, v_read.row_count,
    decode(v_read.content_hash, 'hex'), v_read.first_key, v_read.last_key, v_read.columns, v_read.column_types,
    decode(v_read.schema_fingerprint, 'hex'), v_read.key_ids, v_read.format, record_archive.sink,
    record_archive.location, record_archive.object_name, decode(v_read.object_hash, 'hex'), v_read.object_bytes,
    sha256(convert_to(record_archive.manifest, 'UTF8')), comply.now() + record_archive.keep)
  returning id
  into v_id;

  return v_id;
end;
$$;

comment on function comply.record_archive(text, text, text, text, interval) is
  'Record an object that was archived, by the text of its manifest, to be kept for so long; return its id. '
  'Raises PC311, PC312, PC313.';

revoke execute on function comply.record_archive(text, text, text, text, interval) from public;
grant  execute on function comply.record_archive(text, text, text, text, interval) to comply_admin;
