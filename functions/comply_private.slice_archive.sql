create or replace function comply_private.slice_archive(
  tenant_id    text,
  table_name   text,
  covers_from  timestamptz,
  covers_until timestamptz
)
returns uuid
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return (
    select a.id
    from comply.archives as a
    where a.tenant_id = slice_archive.tenant_id
      and a.table_name = slice_archive.table_name
      and a.covers_from = slice_archive.covers_from
      and a.covers_until = slice_archive.covers_until
      and a.purged_at is null
      and not exists (
        select
        from comply.retention_slices as s
        where s.tenant_id = a.tenant_id
          and s.rejected_archive_id = a.id
      )
    order by a.archived_at desc, a.id desc
    limit 1
  );
end;
$$;

comment on function comply_private.slice_archive(text, text, timestamptz, timestamptz) is
  'Return the newest archive of a slice that was neither purged nor found to have other rows; null: none.';

revoke execute on function comply_private.slice_archive(text, text, timestamptz, timestamptz) from public;
