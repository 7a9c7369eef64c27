-- The one judge of whether what came back is what was archived. Rows of another tenant or span would not be hashed,
-- so they are counted.
create or replace function comply_private.check_stage(
  archive      comply.archives,
  manifest     text,
  object_hash  bytea,
  object_bytes bigint
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_stage   regclass := comply_private.stage_of(check_stage.archive);
  v_found   record;
  v_staged  bigint;
  v_problem text;
begin
  execute format('select count(*) from %s', v_stage)
  into v_staged;

  select c.*
  into v_found
  from comply_private.content_of(
    v_stage, check_stage.archive.tenant_id, check_stage.archive.covers_from, check_stage.archive.covers_until,
    check_stage.archive.columns) as c;

  v_problem := case
    when check_stage.object_bytes is distinct from check_stage.archive.object_bytes then
      format('it has %s bytes, not %s', check_stage.object_bytes, check_stage.archive.object_bytes)
    when check_stage.object_hash is distinct from check_stage.archive.object_hash then
      format('its SHA-256 is %s, not %s',
             encode(check_stage.object_hash, 'hex'), encode(check_stage.archive.object_hash, 'hex'))
    when sha256(convert_to(check_stage.manifest, 'UTF8')) is distinct from check_stage.archive.manifest_hash then
      'its manifest is another'
    when v_staged <> check_stage.archive.row_count then
      format('it has %s rows, not %s', v_staged, check_stage.archive.row_count)
    when (v_found.row_count, v_found.content_hash, v_found.first_key, v_found.last_key) is distinct from
      (check_stage.archive.row_count, check_stage.archive.content_hash, check_stage.archive.first_key,
       check_stage.archive.last_key) then
      format('its rows hash to %s, not %s',
             encode(v_found.content_hash, 'hex'), encode(check_stage.archive.content_hash, 'hex'))
  end;

  if v_problem is not null then
    raise exception 'archive % of tenant % is not what was archived: %', check_stage.archive.id,
      quote_literal(check_stage.archive.tenant_id), v_problem
      using errcode = 'PC315',
            hint    = 'Destroy nothing that is only in it. Find out who changed it, or what, and archive again.';
  end if;
end;
$$;

comment on function comply_private.check_stage(comply.archives, text, bytea, bigint) is
  'Refuse what was read back of an archive if any of it differs from what is on record. Raises PC315.';

revoke execute on function comply_private.check_stage(comply.archives, text, bytea, bigint) from public;
