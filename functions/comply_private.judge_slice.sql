-- Where an archive is to have the rows, it must have exactly these. A slice that needs none is only written down.
create or replace function comply_private.judge_slice(slice uuid, row_count bigint, content_hash bytea)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_is_same boolean;
begin
  select s.action = 'delete' or coalesce((
    select a.purged_at is null
      and a.verified_at is not null
      and a.row_count = judge_slice.row_count
      and a.content_hash = judge_slice.content_hash
    from comply.archives as a
    where a.tenant_id = s.tenant_id
      and a.id = s.archive_id
  ), false)
  into v_is_same
  from comply.retention_slices as s
  where s.id = judge_slice.slice;

  update comply.retention_slices as s
  set row_count = judge_slice.row_count,
      content_hash = judge_slice.content_hash,
      rejected_archive_id = case when not v_is_same then s.archive_id end,
      updated_at = comply.now()
  where s.id = judge_slice.slice;

  return v_is_same;
end;
$$;

comment on function comply_private.judge_slice(uuid, bigint, bytea) is
  'Note what the rows of a slice are; return false where they should be in an archive and it has other ones.';

revoke execute on function comply_private.judge_slice(uuid, bigint, bytea) from public;
