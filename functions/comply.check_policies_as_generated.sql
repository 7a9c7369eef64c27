-- Looks at what callers cannot, so it has the owner's rights; it shows no row of a tenant. Compared by what the
-- catalog says, in the words of the generator. A policy that logs reads can only hide, and comply.health() knows it.
create or replace function comply.check_policies_as_generated()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return query
  with actual as (
    select
      p.polrelid,
      p.polname::text as policy_name,
      format(
        E'create policy %I\n  on %s\n%s  for %s\n  to %s\n%s;',
        p.polname,
        p.polrelid::regclass,
        case when p.polpermissive then '' else E'  as restrictive\n' end,
        case p.polcmd when '*' then 'all' when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update'
                      else 'delete' end,
        (
          select string_agg(case r.role when 0 then 'public' else r.role::regrole::text end, ', '
                            order by r.role::regrole::text)
          from unnest(p.polroles) as r (role)
        ),
        concat_ws(
          E'\n',
          '  using (' || e.using_expression || ')',
          '  with check (' || e.check_expression || ')')) as definition
    from pg_policy as p
    cross join lateral (
      select
        -- One pair of brackets around the whole, as the catalog has one around a comparison and none around true.
        regexp_replace(comply_private.generated_words(pg_get_expr(p.polqual, p.polrelid)), '^\((.*)\)$', '\1'),
        regexp_replace(comply_private.generated_words(pg_get_expr(p.polwithcheck, p.polrelid)), '^\((.*)\)$', '\1')
    ) as e (using_expression, check_expression)
    where not (p.polname ~ '_(tenant|staff)_reads_noted$' and p.polcmd = 'r' and not p.polpermissive)
  ),
  compared as (
    select
      c.oid::regclass as table_name,
      m.mode,
      coalesce(array_agg(g.policy_name order by g.policy_name) filter (where a.policy_name is null), '{}') as missing,
      coalesce(array_agg(g.policy_name order by g.policy_name) filter (where a.definition <> g.definition), '{}')
        as changed,
      array(
        select u.policy_name
        from actual as u
        where u.polrelid = c.oid
          and u.policy_name not in (
            select w.policy_name
            from comply_private.policy_source(c.oid, m.mode) as w
          )
        order by u.policy_name
      ) as unexpected
    from pg_class as c
    join pg_attribute as t on t.attrelid = c.oid and t.attname = 'tenant_id' and not t.attisdropped
    cross join unnest(array['local', 'distributed']) as m (mode)
    cross join lateral comply_private.policy_source(c.oid, m.mode) as g
    left join actual as a on a.polrelid = c.oid and a.policy_name = g.policy_name
    where c.relnamespace = 'comply'::regnamespace
      and c.relkind in ('r', 'p')
      and not c.relispartition
    group by c.oid, m.mode
  ),
  -- A table has the policies of one mode, whichever it is nearest to.
  judged as (
    select distinct on (c.table_name) c.*
    from compared as c
    order by c.table_name, cardinality(c.missing || c.changed || c.unexpected), c.mode desc
  )
  select f.*
  from comply_private.findings_of(
    'policies_as_generated',
    'the policies are those that the generator writes',
    'tables of tenants',
    array(
      select (
        j.table_name::text,
        cardinality(j.missing || j.changed || j.unexpected) = 0,
        jsonb_build_object('missing', j.missing, 'changed', j.changed, 'unexpected', j.unexpected),
        null
      )::comply_private.judged
      from judged as j
    )) as f;
end;
$$;

comment on function comply.check_policies_as_generated() is
  'Check that the policies of each table of tenants are those that comply_private.policy_source() writes.';

revoke execute on function comply.check_policies_as_generated() from public;
grant  execute on function comply.check_policies_as_generated() to comply_auditor, comply_admin, comply_operator;
