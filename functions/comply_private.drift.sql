-- An object is as the file left it that touched it last. What a file made that is gone is an orphan, not
-- drift. expected compares with another database instead: its comply_private.object_fingerprints().
create or replace function comply_private.drift(expected jsonb default null)
returns table (object text, path text, state text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return query
  with recorded as (
    select distinct on (x.object) x.object, x.fingerprint, m.path
    from comply_private.schema_migrations as m
    cross join jsonb_each_text(m.objects) as x (object, fingerprint)
    where m.status = 'applied'
      and drift.expected is null
    order by x.object, m.last_seq desc
  ), wanted as (
    select r.object, r.fingerprint, r.path
    from recorded as r
    union all
    select x.object, x.fingerprint, null
    from jsonb_each_text(drift.expected) as x (object, fingerprint)
  )
  select
    coalesce(w.object, a.object),
    w.path,
    case
      when a.object is null then 'missing'
      when w.object is null then 'unexpected'
      else 'changed'
    end
  from wanted as w
  full join jsonb_each_text(comply_private.object_fingerprints()) as a (object, fingerprint)
    on a.object = w.object
  where w.fingerprint is distinct from a.fingerprint
    and not (
      w.object is null
      and drift.expected is null
      and exists (
        select
        from comply_private.schema_migration_events as e
        where e.objects ->> a.object is not null
      )
    )
  order by 3, 1;
end;
$$;

comment on function comply_private.drift(jsonb) is
  'Return each object that is not as its file left it: missing, changed, or unexpected, as no file made it.';

revoke execute on function comply_private.drift(jsonb) from public;
