-- For what the server reads by itself. Returns what it found beside the rows: of a blob its manifest, of a table the
-- hash over its chunks.
create or replace function comply_private.load_stage(
  archive          comply.archives,
  out manifest     text,
  out object_hash  bytea,
  out object_bytes bigint
)
returns record
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
declare
  v_blob text[];
begin
  perform comply_private.make_stage(load_stage.archive);

  if load_stage.archive.sink = 'table' then
    insert into pg_temp.comply_stage
    select r.*
    from comply_private.archived_rows as c
    cross join lateral string_to_table(c.lines, E'\n') as l (line)
    cross join lateral jsonb_populate_record(null::pg_temp.comply_stage, l.line::jsonb) as r
    where c.tenant_id = load_stage.archive.tenant_id
      and c.archive_id = load_stage.archive.id;

    select h.object_hash, h.object_bytes
    into object_hash, object_bytes
    from comply_private.chunks_hash(load_stage.archive.tenant_id, load_stage.archive.id) as h;
    return;
  end if;

  perform comply_private.check_azure_storage();
  v_blob := regexp_match(load_stage.archive.location, '^https://([a-z0-9]+)\.[^/]+/(.+)$');

  execute
    'insert into pg_temp.comply_stage
     select r.*
     from azure_storage.blob_get(
       $1, $2, $3, null::pg_temp.comply_stage, ''csv'', ''gzip'', azure_storage.options_csv_get(header => true)) as r'
  using v_blob[1], v_blob[2], load_stage.archive.object_name;

  execute
    'select m.manifest from azure_storage.blob_get($1, $2, $3, ''text'', ''none'') as m (manifest text)'
  into manifest
  using v_blob[1], v_blob[2], load_stage.archive.object_name || '.json';

  execute 'select l.bytes from azure_storage.blob_list($1, $2, $3) as l where l.path = $3'
  into object_bytes
  using v_blob[1], v_blob[2], load_stage.archive.object_name;
end;
$$;

comment on function comply_private.load_stage(comply.archives) is
  'Read an archive of sink table or azure_storage into a temporary table. Raises PC313.';

revoke execute on function comply_private.load_stage(comply.archives) from public;
