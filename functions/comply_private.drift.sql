-- An object is as the file left it that touched it last. What a retired file made is an orphan, not drift.
create or replace function comply_private.drift()
returns table (object text, path text, state text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return query
  with expected as (
    select distinct on (x.object) x.object, x.fingerprint, m.path
    from comply_private.schema_migrations as m
    cross join jsonb_each_text(m.objects) as x (object, fingerprint)
    where m.status = 'applied'
    order by x.object, m.last_seq desc
  ), actual as (
    select
      concat_ws(' ', i.type, i.identity) as object,
      encode(comply_private.object_fingerprint(o.classid, o.objid), 'hex') as fingerprint
    from comply_private.our_objects() as o
    cross join pg_identify_object(o.classid, o.objid, 0) as i
  )
  select
    coalesce(e.object, a.object),
    e.path,
    case
      when a.object is null then 'missing'
      when e.object is null then 'unexpected'
      else 'changed'
    end
  from expected as e
  full join actual as a on a.object = e.object
  where e.fingerprint is distinct from a.fingerprint
    and not (
      e.object is null
      and exists (
        select
        from comply_private.schema_migration_events as v
        where v.objects ->> a.object is not null
      )
    )
  order by 3, 1;
end;
$$;

comment on function comply_private.drift() is
  'Return each object that is not as its file left it: missing, changed, or unexpected, as no file made it.';

revoke execute on function comply_private.drift() from public;
