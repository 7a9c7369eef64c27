create or replace function comply_private.removals(path text)
returns table (removal text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return query
  select format('drop %s', x.object)
  from comply_private.schema_migrations as m
  cross join jsonb_object_keys(m.objects) as x (object)
  join unnest(comply_private.object_names()) as n (name) on n.name = x.object
  where m.path = removals.path
    and m.kind <> 'schema'
    and split_part(x.object, ' ', 1) in ('function', 'procedure', 'aggregate', 'view', 'trigger', 'policy')
  order by x.object;
end;
$$;

comment on function comply_private.removals(text) is
  'Return the statements that drop what a file of functions/, triggers/ or policies/ made and is still there.';

revoke execute on function comply_private.removals(text) from public;
