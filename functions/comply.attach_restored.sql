-- Writes rows of a tenant and may make a partition, which callers cannot, so it has the owner's rights. The rows are
-- new to the table, and its triggers take them as that: they are checked, and the trail has them as inserted, by the
-- correlation id of the restore.
create or replace function comply.attach_restored(tenant_id text, restore_id uuid)
returns bigint
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
declare
  v_restore     comply.restores := comply_private.known_restore(attach_restored.tenant_id, attach_restored.restore_id);
  v_archive     comply.archives := comply_private.known_archive(attach_restored.tenant_id, v_restore.archive_id);
  v_table       regclass := comply_private.archived_table(v_archive.table_name);
  v_correlation text := current_setting('comply.correlation_id', true);
  v_columns     text;
  v_there       bigint;
  v_rows        bigint;
begin
  if v_archive.table_name = any (comply_private.evidence_tables()) then
    raise exception 'rows of % are not put back', v_archive.table_name
      using errcode = 'PC317',
            hint    = 'They are evidence, which is never written but once: read them in comply.restored_rows.';
  end if;

  perform comply_private.replay_erasures(attach_restored.tenant_id, attach_restored.restore_id);
  perform comply_private.make_partition(v_table, v_archive.covers_from);
  -- So that of two who attach the same rows the second finds them.
  execute format('lock table %s in share row exclusive mode', v_table);

  execute format(
    $q$
      select count(*)
      from comply_private.restored_rows as r
      where r.tenant_id = $1
        and r.restore_id = $2
        and exists (select from %s as t where t.tenant_id = $1 and t.id = r.id)
    $q$,
    v_table)
  into v_there
  using attach_restored.tenant_id, attach_restored.restore_id;

  if v_there > 0 then
    raise exception '% row(s) of restore % are in % already', v_there, attach_restored.restore_id, v_table
      using errcode = 'PC318',
            hint    = 'Nothing was put back. Read them in comply.restored_rows, or drop what was brought back.';
  end if;

  select string_agg(quote_ident(c.name), ', ')
  into v_columns
  from unnest(v_archive.columns) as c (name)
  where c.name = any (comply_private.archived_columns(v_table));

  perform set_config('comply.correlation_id', attach_restored.restore_id::text, true);
  execute format(
    $q$
      insert into %1$s (%2$s)
      select %2$s
      from (
        select n.*
        from comply_private.restored_rows as r
        cross join lateral jsonb_populate_record(null::%1$s, r.content) as n
        where r.tenant_id = $1
          and r.restore_id = $2
      ) as n
    $q$,
    v_table, v_columns)
  using attach_restored.tenant_id, attach_restored.restore_id;
  get diagnostics v_rows = row_count;
  perform set_config('comply.correlation_id', coalesce(v_correlation, ''), true);

  execute format('drop table %s', comply_private.restored_partition(attach_restored.restore_id));

  update comply.restores as r
  set attached_by = session_user,
      attached_at = comply.now(),
      dropped_by = session_user,
      dropped_at = comply.now()
  where r.tenant_id = attach_restored.tenant_id
    and r.id = attach_restored.restore_id;

  return v_rows;
end;
$$;

comment on function comply.attach_restored(text, uuid) is
  'Put what a restore brought back into its table again, and drop the copy; return how many rows. Makes the month if '
  'it is gone. Writers of the table wait until the transaction ends. Raises PC314, PC316, PC317, PC318, and what the '
  'table refuses.';

revoke execute on function comply.attach_restored(text, uuid) from public;
grant  execute on function comply.attach_restored(text, uuid) to comply_admin;
