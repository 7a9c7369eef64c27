-- Reads the catalog alone, with the caller's rights. A tenant table is one that has the tenant column; where a schema
-- has none, only what concerns every schema is looked at.
create or replace function comply.assess_isolation(
  schema_name   text default 'comply',
  tenant_column text default 'tenant_id'
)
returns table (rule text, severity text, subject text, finding text, evidence jsonb, cure text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set jit = off
as $$
#variable_conflict use_column
declare
  v_schema regnamespace := quote_ident(assess_isolation.schema_name)::regnamespace;
  v_tenant text := format('(?<!\w)%s(?!\w)',
                            regexp_replace(assess_isolation.tenant_column, '(\W)', '\\\1', 'g'));
  v_match  text;
begin
  -- How this schema tells tenants apart, for what is to be cured in the same way: what most of its policies say.
  select pg_get_expr(p.polqual, p.polrelid)
  into v_match
  from pg_policy as p
  join pg_class as c on c.oid = p.polrelid
  where c.relnamespace = v_schema
    and pg_get_expr(p.polqual, p.polrelid) ~ v_tenant
  group by pg_get_expr(p.polqual, p.polrelid)
  order by count(*) desc, 1
  limit 1;

  return query
  with judged as materialized (
    select
      c.oid, c.relname, c.oid::regclass::text as name, c.relkind, c.relispartition, c.relowner, c.relacl,
      c.relrowsecurity, c.relforcerowsecurity,
      a.attnum as tenant_attnum, a.attnotnull, a.atttypid, a.attcollation,
      format_type(a.atttypid, a.atttypmod) as type_name,
      coalesce(v_match, format('(%I = (select current_setting(''app.tenant_id'', true))::%s)',
                               assess_isolation.tenant_column, format_type(a.atttypid, null))) as match,
      exists (select from aclexplode(c.relacl) as x where x.grantee <> c.relowner) as is_granted
    from pg_class as c
    left join pg_attribute as a on a.attrelid = c.oid
                               and a.attname = assess_isolation.tenant_column
                               and not a.attisdropped
    where c.relnamespace = v_schema
      and c.relkind in ('r', 'p', 'v', 'm')
      and not exists (
        select
        from pg_depend as d
        where d.classid = 'pg_class'::regclass
          and d.objid = c.oid
          and d.deptype = 'e'
      )
  ),
  tenant_table as materialized (
    select
      t.*,
      -- The list of the tenants themselves: what is unique there is meant to be.
      exists (
        select
        from pg_index as i
        where i.indrelid = t.oid
          and i.indisunique
          and i.indnkeyatts = 1
          and i.indkey[0] = t.tenant_attnum
      ) as is_list
    from judged as t
    where t.tenant_attnum is not null
      and t.relkind in ('r', 'p')
  ),
  usual_type as (
    select t.atttypid, t.attcollation, t.type_name
    from tenant_table as t
    where not t.relispartition
    group by t.atttypid, t.attcollation, t.type_name
    order by count(*) desc, bool_or(t.is_list) desc
    limit 1
  ),
  link as materialized (
    select
      k.*,
      c.name as child, c.relname as child_name, c.tenant_attnum as child_attnum, c.relrowsecurity,
      c.relkind as child_kind,
      p.name as parent, p.relname as parent_name, p.tenant_attnum as parent_attnum, p.match, p.type_name,
      (
        select string_agg(quote_ident(a.attname), ', ' order by u.position)
        from unnest(k.conkey) with ordinality as u (attnum, position)
        join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = u.attnum
      ) as columns,
      (
        select string_agg(quote_ident(a.attname), ', ' order by u.position)
        from unnest(k.confkey) with ordinality as u (attnum, position)
        join pg_attribute as a on a.attrelid = k.confrelid and a.attnum = u.attnum
      ) as ref_columns,
      (
        select string_agg(format('c.%I = p.%I', a.attname, b.attname), ' and ' order by u.attnum)
        from unnest(k.conkey, k.confkey) as u (attnum, ref_attnum)
        join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = u.attnum
        join pg_attribute as b on b.attrelid = k.confrelid and b.attnum = u.ref_attnum
      ) as joined
    from pg_constraint as k
    join judged as c on c.oid = k.conrelid and not c.relispartition
    join tenant_table as p on p.oid = k.confrelid and not p.relispartition
    where k.contype = 'f'
      and not p.tenant_attnum = any (k.confkey)
  )
  select
    'tenant_rows_open',
    case when t.is_granted then 'critical' else 'high' end,
    t.name,
    case when t.is_granted then 'Whoever is granted it reads the rows of every tenant.'
         else 'Nothing keeps its tenants apart, once somebody is granted it.' end,
    jsonb_build_object('row_security', t.relrowsecurity, 'granted', t.is_granted),
    format('alter table %1$s enable row level security; alter table %1$s force row level security;', t.name)
      || case when not exists (select from pg_policy as p where p.polrelid = t.oid) then
           format(' create policy %I on %s using (%s) with check (%3$s);', left(t.relname || '_tenant', 63), t.name,
                  t.match)
         else '' end
  from tenant_table as t
  where not t.relrowsecurity
    and not t.relispartition
  union all
  select
    'tenant_owner_exempt',
    'high',
    t.name,
    format('Its policies do not bind %s, who owns it, nor any function with those rights.', t.relowner::regrole),
    jsonb_build_object('owner', t.relowner::regrole::text),
    format('alter table %s force row level security;', t.name)
  from tenant_table as t
  where t.relrowsecurity
    and not t.relforcerowsecurity
    and not t.relispartition
  union all
  select
    'row_security_without_policy',
    'low',
    t.name,
    'Row level security without a policy lets nobody see a row but its owner.',
    '{}',
    format('create policy %I on %s using (%s) with check (%3$s);', left(t.relname || '_tenant', 63), t.name,
           case when t.tenant_attnum is not null then t.match else '(pg_has_role(current_user, '
             || quote_literal(t.relowner::regrole) || ', ''member''))' end)
  from judged as t
  where t.relrowsecurity
    and not t.relispartition
    and not exists (select from pg_policy as p where p.polrelid = t.oid)
  union all
  -- Asked by its own name, a partition has no policy but its own.
  select
    'partition_open',
    'critical',
    t.name,
    'Asked by its own name, it shows the rows of every tenant: the policies of its table do not hold there.',
    jsonb_build_object('granted_to', (
      select jsonb_agg(distinct case when x.grantee = 0 then 'public' else x.grantee::regrole::text end)
      from aclexplode(t.relacl) as x
      where x.grantee <> t.relowner
    )),
    format('revoke all on %s from %s; alter table %1$s enable row level security; '
           'alter table %1$s force row level security;', t.name, (
             select string_agg(distinct case when x.grantee = 0 then 'public' else x.grantee::regrole::text end, ', ')
             from aclexplode(t.relacl) as x
             where x.grantee <> t.relowner
           ))
  from tenant_table as t
  where t.relispartition
    and t.is_granted
    and not (t.relrowsecurity and exists (select from pg_policy as p where p.polrelid = t.oid))
  union all
  select
    'tenant_unknown',
    'high',
    t.name,
    format('A row of it can be of no tenant: %I takes null.', assess_isolation.tenant_column),
    '{}',
    format('alter table %s alter column %I set not null;', t.name, assess_isolation.tenant_column)
  from tenant_table as t
  where not t.attnotnull
    and not t.relispartition
  union all
  select
    'tenant_type_differs',
    'medium',
    format('%s.%I', t.name, assess_isolation.tenant_column),
    format('It is %s, and %s in most tables: what compares them converts, or compares by another collation.',
           t.type_name, u.type_name),
    jsonb_build_object('type', t.type_name, 'usual', u.type_name),
    format('%4$salter table %1$s alter column %2$I type %3$s using %2$I::%3$s;%5$s', t.name,
           assess_isolation.tenant_column, u.type_name, y.drops, y.creates)
  from tenant_table as t
  cross join usual_type as u
  -- A column that a policy looks at keeps its type.
  cross join lateral (
    select
      string_agg(format('drop policy %I on %s; ', p.polname, t.name), '' order by p.polname) as drops,
      string_agg(
        format(' create policy %I on %s as %s for %s to %s%s%s;', p.polname, t.name,
               case when p.polpermissive then 'permissive' else 'restrictive' end,
               case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update'
                             when 'd' then 'delete' else 'all' end,
               case when p.polroles = '{0}' then 'public' else array_to_string(p.polroles::regrole[], ', ') end,
               ' using (' || pg_get_expr(p.polqual, p.polrelid) || ')',
               ' with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'),
        '' order by p.polname) as creates
    from pg_policy as p
    where p.polrelid = t.oid
  ) as y
  where (t.atttypid, t.attcollation) <> (u.atttypid, u.attcollation)
    and not t.relispartition
    and not exists (
      select
      from pg_constraint as k
      where k.contype = 'f'
        and k.conrelid = t.oid
        and t.tenant_attnum = any (k.conkey)
    )
  union all
  -- A key without a meaning tells nobody anything.
  select
    'unique_across_tenants',
    'medium',
    format('%s.%I', t.name, x.relname),
    'One tenant takes a value from all others, and learns by the error that somebody has it.',
    jsonb_build_object('columns', n.columns),
    case
      when k.oid is not null and i.indnkeyatts = i.indnatts then
        format('alter table %s drop constraint %I, add constraint %2$I unique (%I, %s);', t.name, k.conname,
               assess_isolation.tenant_column, n.columns)
      when k.oid is not null then
        format('alter table %1$s drop constraint %2$I; create unique index on %1$s (%3$I, %4$s);', t.name, k.conname,
               assess_isolation.tenant_column, n.columns)
      else
        format('create unique index %1$son %2$s (%3$I, %4$s)%5$s; drop index %1$s%6$s;',
               case when t.relkind = 'r' then 'concurrently ' else '' end, t.name, assess_isolation.tenant_column,
               n.columns, ' where ' || pg_get_expr(i.indpred, i.indrelid), i.indexrelid::regclass)
    end
  from tenant_table as t
  join pg_index as i on i.indrelid = t.oid
  join pg_class as x on x.oid = i.indexrelid
  left join pg_constraint as k on k.conindid = i.indexrelid and k.conrelid = t.oid and k.contype = 'u'
  cross join lateral (
    select string_agg(pg_get_indexdef(i.indexrelid, p.position, false), ', ' order by p.position) as columns
    from generate_series(1, i.indnkeyatts) as p (position)
  ) as n
  where i.indisunique
    and not i.indisprimary
    and not t.relispartition
    and not t.is_list
    and not t.tenant_attnum = any (i.indkey::int2[])
    and not exists (select from pg_constraint as f where f.contype = 'f' and f.conindid = i.indexrelid)
    and not exists (
      select
      from pg_attribute as a
      where a.attrelid = t.oid
        and a.attnum = any (i.indkey::int2[])
        and (a.attidentity <> '' or a.atttypid = 'uuid'::regtype)
    )
  union all
  select
    'foreign_key_across_tenants',
    'high',
    format('%s.%I', l.child, l.conname),
    format('A row of one tenant can point at a row of another in %s, and learns by the error which are there.',
           l.parent),
    jsonb_build_object('columns', l.columns, 'references', l.parent),
    format(
      '%1$salter table %2$s drop constraint %3$I, add constraint %3$I foreign key (%4$I, %5$s) '
      'references %6$s (%4$I, %7$s)%8$s; create index %9$son %2$s (%4$I, %5$s);',
      case
        when not exists (
          select
          from pg_index as i
          where i.indrelid = l.confrelid
            and i.indisunique
            and i.indpred is null
            and i.indexprs is null
            and i.indnkeyatts = cardinality(l.confkey) + 1
            and (i.indkey::int2[])[0:i.indnkeyatts - 1] @> (l.confkey || l.parent_attnum)
        ) then format('alter table %s add unique (%I, %s); ', l.parent, assess_isolation.tenant_column, l.ref_columns)
        else ''
      end,
      l.child, l.conname, assess_isolation.tenant_column, l.columns, l.parent, l.ref_columns,
      case l.confdeltype when 'c' then ' on delete cascade' when 'r' then ' on delete restrict'
                         when 'n' then format(' on delete set null (%s)', l.columns) else '' end,
      case when l.child_kind = 'r' then 'concurrently ' else '' end)
  from link as l
  where l.child_attnum is not null
    and not l.child_attnum = any (l.conkey)
  union all
  select distinct on (l.conrelid)
    'tenant_column_missing',
    'medium',
    l.child,
    format('Its rows are of tenants, as those of %s are, and row level security cannot tell of which.', l.parent),
    jsonb_build_object('constraint', l.conname, 'references', l.parent),
    format(
      'alter table %1$s add column %2$I %3$s; update %1$s as c set %2$I = p.%2$I from %4$s as p where %5$s; '
      'alter table %1$s alter column %2$I set not null; alter table %1$s enable row level security; '
      'alter table %1$s force row level security; create policy %6$I on %1$s using (%7$s) with check (%7$s);',
      l.child, assess_isolation.tenant_column, l.type_name, l.parent, l.joined, left(l.child_name || '_tenant', 63),
      l.match)
  from link as l
  where l.child_attnum is null
    and not (l.relrowsecurity and exists (select from pg_policy as p where p.polrelid = l.conrelid))
  order by 3, 4;

  return query
  with seen as (
    select distinct
      v.oid, v.oid::regclass::text as name, v.relkind, v.reloptions,
      t.oid::regclass::text as table_name
    from pg_class as v
    join pg_rewrite as r on r.ev_class = v.oid
    join pg_depend as d on d.classid = 'pg_rewrite'::regclass 
                       and d.objid = r.oid
                       and d.refclassid = 'pg_class'::regclass
    join pg_class as t on t.oid = d.refobjid and t.relkind in ('r', 'p') and t.relrowsecurity
    where v.relnamespace = v_schema
      and v.relkind in ('v', 'm')
      and exists (select from aclexplode(v.relacl) as x where x.grantee <> v.relowner)
  )
  select
    case v.relkind when 'v' then 'view_passes_policies' else 'materialized_view_open' end,
    'high',
    v.name,
    case v.relkind
      when 'v' then 'It asks with the rights of its owner, so the policies that hold are not those of who asks it.'
      else 'What it keeps is of every tenant whose rows its owner saw, and no policy can stand on it.'
    end,
    jsonb_build_object('tables', jsonb_agg(v.table_name order by v.table_name)),
    case v.relkind
      when 'v' then format('alter view %s set (security_invoker = true);', v.name)
      else format('revoke all on %s from %s;', v.name, (
        select string_agg(distinct case when x.grantee = 0 then 'public' else x.grantee::regrole::text end, ', ')
        from pg_class as c
        cross join aclexplode(c.relacl) as x
        where c.oid = v.oid
          and x.grantee <> c.relowner
      ))
    end
  from seen as v
  where not (v.relkind = 'v' and coalesce(v.reloptions && array['security_invoker=true', 'security_invoker=on',
                                                               'security_invoker=1', 'security_invoker=yes'], false))
  group by v.oid, v.name, v.relkind
  union all
  select
    'grant_passes_policies',
    'high',
    c.oid::regclass::text,
    format('%s may %s it, whatever its policies say of rows.', string_agg(distinct g.grantee, ', ' order by g.grantee),
           string_agg(distinct lower(x.privilege_type), ', ' order by lower(x.privilege_type))),
    jsonb_build_object('granted_to', jsonb_agg(distinct g.grantee)),
    format('revoke %s on %s from %s;', string_agg(distinct lower(x.privilege_type), ', '
                                                  order by lower(x.privilege_type)),
           c.oid::regclass, string_agg(distinct g.grantee, ', ' order by g.grantee))
  from pg_class as c
  cross join aclexplode(c.relacl) as x
  cross join lateral (
    select case when x.grantee = 0 then 'public' else x.grantee::regrole::text end as grantee
  ) as g
  where c.relnamespace = v_schema
    and c.relkind in ('r', 'p')
    and c.relrowsecurity
    and x.grantee <> c.relowner
    and x.privilege_type in ('TRUNCATE', 'TRIGGER')
  group by c.oid
  union all
  select
    'granted_to_everybody',
    case when bool_or(x.privilege_type <> 'SELECT') then 'high' else 'medium' end,
    c.oid::regclass::text,
    'Every login of this server may do that, and every one that is made.',
    jsonb_build_object('privileges', jsonb_agg(distinct x.privilege_type)),
    format('revoke all on %s from public;', c.oid::regclass)
  from pg_class as c
  cross join aclexplode(c.relacl) as x
  where c.relnamespace = v_schema
    and c.relkind in ('r', 'p', 'v', 'm')
    and x.grantee = 0
    and x.privilege_type not in ('TRUNCATE', 'TRIGGER')
    and not exists (
      select
      from pg_depend as d
      where d.classid = 'pg_class'::regclass
        and d.objid = c.oid
        and d.deptype = 'e'
    )
  group by c.oid
  union all
  select
    'definer_without_path',
    'high',
    p.oid::regprocedure::text,
    format('Its names are looked up on the path of who calls it, who so runs code of his own as %s.',
           p.proowner::regrole),
    jsonb_build_object('owner', p.proowner::regrole::text),
    format('alter %s %s set search_path = pg_catalog, %I, pg_temp;',
           case p.prokind when 'p' then 'procedure' else 'function' end, p.oid::regprocedure,
           assess_isolation.schema_name)
  from pg_proc as p
  where p.pronamespace = v_schema
    and p.prosecdef
    and p.prosqlbody is null
    and not exists (select from unnest(p.proconfig) as s (setting) where s.setting ~ '^search_path=')
    and not exists (
      select
      from pg_depend as d
      where d.classid = 'pg_proc'::regclass
        and d.objid = p.oid
        and d.deptype = 'e'
    );
end;
$$;

comment on function comply.assess_isolation(text, text) is
  'Return where a schema lets one tenant see or touch what is another''s, or a caller what is nobody''s: one row a '
  'finding, with the SQL that cures it. Part of comply.assess_schema().';

revoke execute on function comply.assess_isolation(text, text) from public;
grant  execute on function comply.assess_isolation(text, text) to comply_auditor, comply_admin, comply_operator;
