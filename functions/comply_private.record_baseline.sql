-- files: an array of {path, content, revert_content, transactional, statements, objects}, as another database
-- has them that was installed from the same tree.
create or replace function comply_private.record_baseline(run_id uuid, files jsonb)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  if exists (select from comply_private.schema_migrations) then
    raise exception 'this database has a history already'
      using errcode = 'PC506',
            hint    = 'Deploy: only a schema that was installed without the runner is adopted.';
  end if;

  insert into comply_private.schema_migration_events (
    run_id, event, path, kind, version, checksum, content, revert_content, transactional, statements, objects,
    started_at, finished_at
  )
  select
    record_baseline.run_id,
    'baseline',
    f.path,
    split_part(f.path, '/', 1),
    substring(f.path from '^schema/(\d+)__')::integer,
    sha256(convert_to(f.content, 'UTF8')),
    f.content,
    f.revert_content,
    f.transactional,
    f.statements,
    f.objects,
    clock_timestamp(),
    clock_timestamp()
  from rows from (
    jsonb_to_recordset(record_baseline.files) as (
      path text, content text, revert_content text, transactional boolean, statements integer, objects jsonb
    )
  ) with ordinality as f (path, content, revert_content, transactional, statements, objects, position)
  order by f.position;

  insert into comply_private.schema_migrations (
    path, kind, version, checksum, status, objects, fingerprint, last_seq
  )
  select
    e.path, e.kind, e.version, e.checksum, 'applied', e.objects,
    sha256(convert_to(e.objects::text, 'UTF8')), e.seq
  from comply_private.schema_migration_events as e
  where e.run_id = record_baseline.run_id
    and e.event = 'baseline';
end;
$$;

comment on function comply_private.record_baseline(uuid, jsonb) is
  'Record files as applied that psql has installed. Raises PC506.';

revoke execute on function comply_private.record_baseline(uuid, jsonb) from public;
