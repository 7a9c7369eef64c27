-- Reads triggers, and the text that the generator would write now, which callers cannot, so it has the owner's
-- rights. A function that was replaced by one that writes nothing shows as well.
create or replace function comply.check_changes_audited()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
begin
  return query
  with table_of as (
    select
      r.table_name,
      count(*) as triggers,
      array_agg(r.trigger_name order by r.trigger_name) filter (where not r.is_there) as missing,
      exists (
        select
        from pg_proc as p
        where p.pronamespace = 'comply_private'::regnamespace
          and p.proname = format('tg_%s__audit', r.table_name)
          and strpos(
            comply_private.audit_function_source(format('comply.%I', r.table_name)::regclass),
            repeat('$', 2) || p.prosrc || repeat('$', 2)) = 0
      ) as is_replaced
    from comply_private.required_triggers() as r
    where not r.is_guard
    group by r.table_name
  )
  select f.*
  from table_of as t
  cross join lateral comply_private.finding(
    'changes_audited',
    case when t.missing is null and not t.is_replaced then 'pass' else 'fail' end,
    t.table_name,
    'each audit trigger is there and fires always, with the function that the generator writes',
    jsonb_strip_nulls(jsonb_build_object(
      'triggers', t.triggers,
      'missing', t.missing,
      'function_replaced', t.is_replaced))) as f
  order by t.table_name;
end;
$$;

comment on function comply.check_changes_audited() is
  'Return of each table with rows of tenants whether all its changes reach the trail.';

revoke execute on function comply.check_changes_audited() from public;
grant  execute on function comply.check_changes_audited() to comply_auditor, comply_admin, comply_operator;
