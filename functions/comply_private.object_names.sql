create or replace function comply_private.object_names()
returns text[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(array_agg(concat_ws(' ', i.type, i.identity)), '{}')
    from comply_private.our_objects() as o
    cross join pg_identify_object(o.classid, o.objid, 0) as i
  );
end;
$$;

comment on function comply_private.object_names() is
  'Return every object that files make, named as DROP would have it: function comply.now().';

revoke execute on function comply_private.object_names() from public;
