create or replace function comply_private.record_revert(run_id uuid, path text)
returns bigint
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  delete from comply_private.schema_migrations as m
  where m.path = record_revert.path;

  return comply_private.record_event(
    record_revert.run_id, 'revert', jsonb_build_object('path', record_revert.path));
end;
$$;

comment on function comply_private.record_revert(uuid, text) is
  'Record that a file is undone; return the number of the event.';

revoke execute on function comply_private.record_revert(uuid, text) from public;
