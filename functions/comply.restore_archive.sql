-- Makes a table and fills it, which callers cannot, so it has the owner's rights. Erasures are replayed before anybody
-- can see a row.
create or replace function comply.restore_archive(
  tenant_id    text,
  archive_id   uuid,
  manifest     text default null,
  object_hash  bytea default null,
  object_bytes bigint default null,
  is_drill     boolean default false
)
returns table (restore_id uuid, row_count bigint, erased_count bigint, expired boolean)
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
#variable_conflict use_column
declare
  v_archive   comply.archives := comply_private.known_archive(restore_archive.tenant_id, restore_archive.archive_id);
  v_partition text;
begin
  restore_id := comply.new_id();
  v_partition := comply_private.restored_partition(restore_id);
  perform comply_private.read_back(
    v_archive, restore_archive.manifest, restore_archive.object_hash, restore_archive.object_bytes);

  execute format('create table %s (like comply_private.restored_rows including all)', v_partition);
  perform comply_private.guard_partition(v_partition::regclass, 'comply_private.restored_rows');
  execute format('alter table comply_private.restored_rows attach partition %s for values in (%L)',
                 v_partition, restore_id);

  execute format(
    $q$
      insert into comply_private.restored_rows (tenant_id, restore_id, table_name, "timestamp", id, content)
      select s.tenant_id, $1, $2, s."timestamp", s.id, to_jsonb(s)
      from %s as s
    $q$,
    comply_private.stage_of(v_archive))
  using restore_id, v_archive.table_name;

  drop table pg_temp.comply_stage;
  erased_count := comply_private.replay_erasures(restore_archive.tenant_id, restore_id);
  row_count := v_archive.row_count - erased_count;
  expired := exists (
    select
    from (select date_trunc('month', v_archive.covers_from) + interval '1 month') as m (until)
    cross join lateral comply_private.retention_rule(restore_archive.tenant_id, v_archive.table_name, m.until) as r
    where m.until + r.keep <= comply.now()
  );

  if restore_archive.is_drill then
    execute format('drop table %s', v_partition);
  end if;

  insert into comply.restores (
    tenant_id, id, archive_id, is_drill, row_count, erased_count, dropped_by, dropped_at)
  values (
    restore_archive.tenant_id, restore_id, restore_archive.archive_id, restore_archive.is_drill, row_count,
    erased_count, case when restore_archive.is_drill then session_user end,
    case when restore_archive.is_drill then comply.now() end);

  return next;
end;
$$;

comment on function comply.restore_archive(text, uuid, text, bytea, bigint, boolean) is
  'Bring an archive back, where comply.restored_rows shows it to whoever may read its table, or only try it in a '
  'drill; without what was erased since. expired: by the rules of retention it is no longer kept. Takes what '
  'comply.verify_archive() does. Erasures wait until the transaction ends. Raises PC313, PC314, PC315, PC316, PC317.';

revoke execute on function comply.restore_archive(text, uuid, text, bytea, bigint, boolean) from public;
grant  execute on function comply.restore_archive(text, uuid, text, bytea, bigint, boolean) to comply_admin;
