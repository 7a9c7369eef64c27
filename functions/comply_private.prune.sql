-- Triggers and policies first, then views, then functions, since each may lean on those after it. A state row
-- of a file that is gone goes when nothing that it made is left.
create or replace function comply_private.prune(run_id uuid, paths text[])
returns table (object text)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
#variable_conflict use_column
declare
  v_orphan record;
begin
  for v_orphan in
    select o.object, o.path, o.removal
    from comply_private.orphans(prune.paths) as o
    where o.removal is not null
    order by array_position(array['trigger', 'policy', 'view'], split_part(o.object, ' ', 1)), o.object
  loop
    execute v_orphan.removal;
    perform comply_private.record_event(
      prune.run_id,
      'prune',
      jsonb_build_object('path', v_orphan.path, 'objects', jsonb_build_object(v_orphan.object, null)));
    object := v_orphan.object;
    return next;
  end loop;

  delete from comply_private.schema_migrations as m
  where m.path <> all (prune.paths)
    and m.version is null
    and not exists (
      select
      from unnest(comply_private.object_names()) as n (name)
      where m.objects ? n.name
    );
end;
$$;

comment on function comply_private.prune(uuid, text[]) is
  'Drop the orphans that a repeatable file can make again, none of them a table; return their names.';

revoke execute on function comply_private.prune(uuid, text[]) from public;
