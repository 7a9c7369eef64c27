-- Writes the record, which callers cannot, so it has the owner's rights. In a transaction of its own: what failed has
-- rolled back.
create or replace function comply.fail_restore(tenant_id text, archive_id uuid, is_drill boolean, problem text)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_id uuid;
begin
  perform comply_private.known_archive(fail_restore.tenant_id, fail_restore.archive_id);

  insert into comply.restores (tenant_id, archive_id, is_drill, row_count, erased_count, problem)
  values (fail_restore.tenant_id, fail_restore.archive_id, fail_restore.is_drill, 0, 0, fail_restore.problem)
  returning id
  into v_id;

  return v_id;
end;
$$;

comment on function comply.fail_restore(text, uuid, boolean, text) is
  'Record that an archive could not be brought back, or not in a drill, and why; return the id. Raises PC314.';

revoke execute on function comply.fail_restore(text, uuid, boolean, text) from public;
grant  execute on function comply.fail_restore(text, uuid, boolean, text) to comply_admin;
