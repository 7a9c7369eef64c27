-- A trigger function cannot go before the triggers that partitions got from a function of ours, not from a
-- file; with_triggers takes those along, for a revert that leaves nothing of the table's guard.
create or replace function comply_private.removals(path text, with_triggers boolean default false)
returns table (removal text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return query
  with made as (
    select x.object
    from comply_private.schema_migrations as m
    cross join jsonb_object_keys(m.objects) as x (object)
    where m.path = removals.path
      and m.kind <> 'schema'
      and x.object ~ '^(function|procedure|aggregate|view|trigger|policy) '
  )
  select format('drop trigger %I on %s', t.tgname, t.tgrelid::regclass)
  from made as d
  join pg_trigger as t on t.tgfoid = to_regprocedure(substring(d.object from '^function (.*)$'))
  where removals.with_triggers
    and t.tgparentid = 0
    and not t.tgisinternal
  union all
  select r.removal
  from (
    select format('drop %s', d.object) as removal
    from made as d
    join unnest(comply_private.object_names()) as n (name) on n.name = d.object
    order by d.object
  ) as r;
end;
$$;

comment on function comply_private.removals(text, boolean) is
  'Return the statements that drop what a file of functions/, triggers/ or policies/ made, if still there.';

revoke execute on function comply_private.removals(text, boolean) from public;
