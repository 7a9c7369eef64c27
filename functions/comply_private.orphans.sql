-- paths: the files of the manifest. Only what a repeatable file makes can be dropped: a table may hold
-- evidence.
create or replace function comply_private.orphans(paths text[])
returns table (object text, path text, removal text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return query
  select distinct on (n.name)
    n.name,
    e.path,
    case
      when n.name ~ '^(function|procedure|aggregate|view|trigger|policy) ' then format('drop %s', n.name)
    end
  from unnest(comply_private.object_names()) as n (name)
  join (
    select k.key as name, m.path, m.seq
    from comply_private.schema_migration_events as m
    cross join jsonb_each_text(m.objects) as k
    where k.value is not null
  ) as e on e.name = n.name
  where n.name not in (
    select jsonb_object_keys(m.objects)
    from comply_private.schema_migrations as m
    where m.path = any (orphans.paths)
  )
  order by n.name, e.seq desc;
end;
$$;

comment on function comply_private.orphans(text[]) is
  'Return each object that a file once made and none of these files makes now, and how to drop it.';

revoke execute on function comply_private.orphans(text[]) from public;
