-- Called in the transaction that destroys. covers_until: of a slice that was begun and stopped, what was destroyed.
create or replace function comply_private.certify_slices(
  item         uuid,
  slice        uuid default null,
  row_count    bigint default null,
  content_hash bytea default null,
  covers_until timestamptz default null
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_backups interval;
begin
  if to_regclass('comply_private.lifecycle_settings') is not null then
    select make_interval(days => s.backup_days)
    into v_backups
    from comply_private.lifecycle_settings as s;
  end if;

  insert into comply.destruction_certificates (
    tenant_id, table_name, covers_from, covers_until, rows_destroyed, content_hash, basis, destroyed_at, item_id,
    verdict, rule, rows_kept, archive_ids, key_ids, planned_by, approved_by, hold_checked_at, effective_at)
  select
    s.tenant_id,
    i.table_name,
    s.covers_from,
    coalesce(certify_slices.covers_until, s.covers_until),
    coalesce(certify_slices.row_count, s.row_count),
    coalesce(certify_slices.content_hash, s.content_hash),
    s.basis,
    comply_private.clock(),
    i.id,
    i.verdict,
    s.rule,
    s.rows_kept + s.row_count - coalesce(certify_slices.row_count, s.row_count),
    case when s.archive_id is not null then array[s.archive_id] end,
    a.key_ids,
    i.planned_by,
    i.approved_by,
    comply_private.clock(),
    comply_private.clock() + v_backups
  from comply.retention_slices as s
  join comply.retention_items as i on i.id = s.item_id
  left join comply.archives as a on a.tenant_id = s.tenant_id and a.id = s.archive_id
  where s.item_id = certify_slices.item
    and (certify_slices.slice is null or s.id = certify_slices.slice)
    and coalesce(certify_slices.row_count, s.row_count) > 0;
end;
$$;

comment on function comply_private.certify_slices(uuid, uuid, bigint, bytea, timestamptz) is
  'Write the certificates of an item, or of one slice of it, as this transaction destroys its rows.';

revoke execute on function comply_private.certify_slices(uuid, uuid, bigint, bytea, timestamptz) from public;
