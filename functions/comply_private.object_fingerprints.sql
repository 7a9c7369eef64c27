create or replace function comply_private.object_fingerprints()
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(
      jsonb_object_agg(
        concat_ws(' ', i.type, i.identity),
        encode(comply_private.object_fingerprint(o.classid, o.objid), 'hex')), '{}')
    from comply_private.our_objects() as o
    cross join pg_identify_object(o.classid, o.objid, 0) as i
  );
end;
$$;

comment on function comply_private.object_fingerprints() is
  'Return every object that files make with its fingerprint, as they are now.';

revoke execute on function comply_private.object_fingerprints() from public;
