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
set datestyle = 'ISO, YMD'
set intervalstyle = iso_8601
as $$
declare
  v_stage regclass := comply_private.make_stage(load_stage.archive);
  v_blob  text[];
begin
  if load_stage.archive.sink = 'table' then
    execute format(
      $q$
        insert into %1$s
        select %2$s
        from (
          select l.line::jsonb as texts
          from comply_private.archived_rows as c
          cross join lateral string_to_table(c.lines, E'\n') as l (line)
          where c.tenant_id = $1
            and c.archive_id = $2
          offset 0
        ) as r
      $q$,
      v_stage,
      (
        select string_agg(format('(r.texts ->> %s)::%s', a.attnum - 1, a.atttypid::regtype), ', ' order by a.attnum)
        from pg_attribute as a
        where a.attrelid = v_stage
          and a.attnum > 0
      ))
    using load_stage.archive.tenant_id, load_stage.archive.id;

    select h.object_hash, h.object_bytes
    into object_hash, object_bytes
    from comply_private.chunks_hash(load_stage.archive.tenant_id, load_stage.archive.id) as h;
    return;
  end if;

  perform comply_private.check_azure_storage();
  v_blob := regexp_match(load_stage.archive.location, '^https://([a-z0-9]+)\.[^/]+/(.+)$')
    || load_stage.archive.object_name;

  execute format(
    $q$
      insert into %1$s
      select r.*
      from azure_storage.blob_get(
        $1[1], $1[2], $1[3], null::%1$s, 'csv', 'gzip', azure_storage.options_csv_get(header => true)) as r
    $q$,
    v_stage)
  using v_blob;

  execute format(
    $q$
      select
        (select m.manifest
         from %1$I.blob_get($1[1], $1[2], $1[3] || '.json', 'text', 'none') as m (manifest text)),
        (select l.bytes from %1$I.blob_list($1[1], $1[2], $1[3]) as l where l.path = $1[3])
    $q$,
    'azure_storage')
  into manifest, object_bytes
  using v_blob;
end;
$$;

comment on function comply_private.load_stage(comply.archives) is
  'Read an archive of sink table or azure_storage into a temporary table. Raises PC313.';

revoke execute on function comply_private.load_stage(comply.archives) from public;
