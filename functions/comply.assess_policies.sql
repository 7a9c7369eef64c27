-- Reads the catalog alone, with the caller's rights. Policies are read as PostgreSQL writes them, by a path of
-- pg_catalog alone, so that each name is either of there or says its schema.
create or replace function comply.assess_policies(
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
  -- A text, a name with its schema or without, or any other character.
  v_ident  constant text := $re$(?:"(?:[^"]|"")+"|[A-Za-z_][\w$]*)$re$;
  v_token  constant text := $re$E?'(?:[^'\\]|''|\\.)*'|$re$ || v_ident
    || $re$(?:\.$re$ || v_ident || $re$)*|\s+|.$re$;
  v_schema regnamespace := quote_ident(assess_policies.schema_name)::regnamespace;
  v_tenant text := format('(?<!\w)%s(?!\w)',
                            regexp_replace(assess_policies.tenant_column, '(\W)', '\\\1', 'g'));
  v_match  text;
  v_policy record;
  v_part   record;
  v_tokens text[];
  v_new    text;
  v_calls  text[];
  v_cure   text;
  v_at     integer;
  v_end    integer;
  v_depth  integer;
  v_name   text[];
begin
  for v_policy in
    select
      p.polname, p.polrelid, c.oid::regclass::text as table_name,
      array(
        select quote_ident(a.attname)
        from pg_attribute as a
        where a.attrelid = p.polrelid
          and a.attnum > 0
          and not a.attisdropped
      ) as columns,
      pg_get_expr(p.polqual, p.polrelid) as using_part,
      pg_get_expr(p.polwithcheck, p.polrelid) as check_part
    from pg_policy as p
    join pg_class as c on c.oid = p.polrelid
    where c.relnamespace = v_schema
  loop
    v_calls := '{}';
    v_cure := '';

    for v_part in
      select e.clause, e.expression
      from (values (1, ' using ', v_policy.using_part), (2, ' with check ', v_policy.check_part))
        as e (position, clause, expression)
      where e.expression is not null
      order by e.position
    loop
      v_tokens := array(
        select m.token[1]
        from regexp_matches(v_part.expression, v_token, 'g') with ordinality as m (token, position)
        order by m.position
      );
      v_new := '';
      v_at := 1;

      while v_at <= cardinality(v_tokens)
      loop
        v_end := v_at;

        -- What is between a parenthesis and its partner: a sub-select stands as it is, and so does a call of a column.
        if v_tokens[v_at] = '(' or (v_tokens[v_at] ~ '^["A-Za-z_]' and v_tokens[v_at + 1] = '(') then
          v_depth := 0;
          v_end := v_at + (v_tokens[v_at] <> '(')::integer;

          loop
            v_depth := v_depth + case v_tokens[v_end] when '(' then 1 when ')' then -1 else 0 end;
            exit when v_depth = 0 or v_end >= cardinality(v_tokens);
            v_end := v_end + 1;
          end loop;

          if v_tokens[v_at] = '(' and array_to_string(v_tokens[v_at + 1:v_end], '') ~* '^\s*select\M' then
            v_new := v_new || array_to_string(v_tokens[v_at:v_end], '');
            v_at := v_end + 1;
            continue;
          end if;

          v_name := case when v_tokens[v_at] <> '(' then parse_ident(v_tokens[v_at]) end;

          if v_name is not null
             -- What a value is cast to is a type, such as timestamp(3), which is also a function's name.
             and v_tokens[v_at - 1] is distinct from ':'
             and not v_tokens[v_at + 2:v_end] && v_policy.columns
             and array_to_string(v_tokens[v_at + 2:v_end], '') !~* '\mselect\M'
             and exists (
               select
               from pg_proc as f
               where f.pronamespace = case when cardinality(v_name) > 1 then quote_ident(v_name[1])::regnamespace
                                           else 'pg_catalog'::regnamespace end
                 and f.proname = v_name[cardinality(v_name)]
                 and f.provolatile <> 'i'
                 and not f.proretset
             )
          then
            v_calls := v_calls || v_tokens[v_at];
            v_new := v_new || '(select ' || array_to_string(v_tokens[v_at:v_end], '') || ')';
            v_at := v_end + 1;
            continue;
          end if;
        end if;

        v_new := v_new || v_tokens[v_at];
        v_at := v_at + 1;
      end loop;

      v_cure := v_cure || v_part.clause || '(' || v_new || ')';
    end loop;

    if v_calls <> '{}' then
      return query
      select
        'policy_per_row',
        'medium',
        format('%s.%I', v_policy.table_name, v_policy.polname),
        format('%s is called for every row that a statement looks at; in a sub-select it is called once.',
               (select string_agg(distinct c.name || '()', ', ') from unnest(v_calls) as c (name))),
        jsonb_build_object('calls', (select jsonb_agg(distinct c.name) from unnest(v_calls) as c (name))),
        format('alter policy %I on %s%s;', v_policy.polname, v_policy.table_name, v_cure);
    end if;
  end loop;

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
  with policy as materialized (
    select
      p.*,
      c.relname,
      c.oid::regclass::text as table_name,
      a.attnum as tenant_attnum,
      coalesce(pg_get_expr(p.polqual, p.polrelid), '') as using_part,
      coalesce(pg_get_expr(p.polwithcheck, p.polrelid), pg_get_expr(p.polqual, p.polrelid), '') as check_part
    from pg_policy as p
    join pg_class as c on c.oid = p.polrelid
    left join pg_attribute as a on a.attrelid = c.oid
                               and a.attname = assess_policies.tenant_column
                               and not a.attisdropped
    where c.relnamespace = v_schema
  ),
  -- Whoever is meant to see one tenant in one place. Others, such as auditors, are meant to see all.
  bound as (
    select distinct r.role
    from policy as p
    cross join lateral unnest(p.polroles) as r (role)
    where p.using_part ~ v_tenant
  )
  select
    'policy_open',
    'critical',
    format('%s.%I', p.table_name, p.polname),
    case when p.using_part ~ v_tenant
      then 'It lets rows be written for any tenant: what it checks does not look at whose they are.'
      else 'It lets through the rows of every tenant: it does not look at whose they are.' end,
    jsonb_build_object('using', nullif(p.using_part, ''), 'check', nullif(p.check_part, '')),
    case
      when v_match is null then format('drop policy %I on %s;', p.polname, p.table_name)
      else format('alter policy %I on %s%s%s;', p.polname, p.table_name,
                  case when p.polcmd <> 'a' then format(' using (%s)', v_match) end,
                  case when p.polcmd in ('a', 'w', '*') then format(' with check (%s)', v_match) end)
    end
  from policy as p
  where p.tenant_attnum is not null
    and p.polpermissive
    and (
      (p.polcmd in ('r', 'w', 'd', '*') and p.using_part not in ('', 'false') and p.using_part !~ v_tenant)
      or (p.polcmd in ('a', 'w', '*') and p.check_part not in ('', 'false') and p.check_part !~ v_tenant)
    )
    and (p.polroles @> '{0}' or exists (select from bound as b where b.role = any (p.polroles)))
    and not exists (
      select
      from policy as f
      where f.polrelid = p.polrelid
        and not f.polpermissive
        and f.polcmd in ('*', p.polcmd)
        and f.using_part ~ v_tenant
        and f.check_part ~ v_tenant
        and (f.polroles @> '{0}' or f.polroles @> array(
          select r.role
          from unnest(p.polroles) as r (role)
          where r.role in (select b.role from bound as b)
        ))
    )
  union all
  -- Which columns a policy looks at, the catalog knows.
  select
    'policy_without_index',
    'medium',
    c.oid::regclass::text,
    format('Whoever its policies bind reads all of it: no index begins with %s, which they compare.',
           string_agg(distinct quote_ident(a.attname), ' or ' order by quote_ident(a.attname))),
    jsonb_build_object('columns', jsonb_agg(distinct a.attname), 'rows', c.reltuples::bigint),
    format('create index %son %s (%s);', case when c.relkind = 'r' then 'concurrently ' else '' end, c.oid::regclass,
           coalesce(min(quote_ident(a.attname)) filter (where a.attname = assess_policies.tenant_column),
                    min(quote_ident(a.attname))))
  from policy as p
  join pg_class as c on c.oid = p.polrelid
  join pg_depend as d on d.classid = 'pg_policy'::regclass
                     and d.objid = p.oid
                     and d.refclassid = 'pg_class'::regclass
                     and d.refobjid = p.polrelid
                     and d.refobjsubid > 0
  join pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
  where not c.relispartition
    and a.atttypid <> 'boolean'::regtype
  group by c.oid, c.relkind, c.reltuples
  having not exists (
    select
    from pg_index as i
    where i.indrelid = c.oid
      and i.indisvalid
      and i.indpred is null
      and i.indkey[0] = any (array_agg(a.attnum))
  )
  union all
  -- Only an operator that cannot tell of rows it should not see may be asked before the policy is. A function with
  -- rights that no policy binds, which compares the tenant itself, may ask any.
  select
    'index_behind_policy',
    'medium',
    i.indexrelid::regclass::text,
    format('Whoever the policies of %s bind never uses it: %s is not leakproof, so it waits for the policy.',
           c.oid::regclass, o.operators),
    jsonb_build_object('table', c.oid::regclass::text, 'column', a.attname, 'operators', o.operators),
    format(
      'create policy %I on %s for select to %s using (true); '
      'create function %I.%I(wanted %s) returns setof %s language sql stable security definer '
      'set search_path = pg_catalog, %4$I, pg_temp set row_security = on begin atomic '
      'select t.* from %7$s as t where %s and t.%I operator(%s) wanted; end; '
      'alter function %4$I.%5$I(%6$s) owner to %3$s; revoke execute on function %4$I.%5$I(%6$s) from public;',
      left(c.relname || '_owner_reads', 63), c.oid::regclass, c.relowner::regrole, assess_policies.schema_name,
      left(c.relname || '_by_' || a.attname, 63), format_type(o.right_type, null), c.oid::regclass,
      coalesce(q.match, 'true'), a.attname, o.operator)
      || coalesce((
        select format(' grant execute on function %I.%I(%s) to %s;', assess_policies.schema_name,
                      left(c.relname || '_by_' || a.attname, 63), format_type(o.right_type, null),
                      string_agg(distinct x.grantee::regrole::text, ', '))
        from aclexplode(c.relacl) as x
        where x.grantee not in (0, c.relowner)
          and x.privilege_type = 'SELECT'
        having count(*) > 0
      ), '')
  from pg_index as i
  join pg_class as c on c.oid = i.indrelid
  join pg_class as x on x.oid = i.indexrelid
  join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
  join pg_opclass as y on y.oid = i.indclass[0]
  cross join lateral (
    select
      string_agg(distinct format('%s', r.oprname), ', ') as operators,
      (array_agg(format('%s.%s', r.oprnamespace::regnamespace, r.oprname) order by s.amopstrategy))[1] as operator,
      (array_agg(case when r.oprright = 'anyarray'::regtype then a.atttypid else r.oprright end
                 order by s.amopstrategy))[1] as right_type,
      bool_or(f.proleakproof) as is_leakproof
    from pg_amop as s
    join pg_operator as r on r.oid = s.amopopr
    join pg_proc as f on f.oid = r.oprcode
    where s.amopfamily = y.opcfamily
      and s.amoplefttype = y.opcintype
      and s.amoppurpose = 's'
  ) as o
  left join lateral (
    select p.using_part as match
    from policy as p
    where p.polrelid = c.oid
      and p.using_part not in ('', 'true', 'false')
    order by p.polpermissive desc, p.polname
    limit 1
  ) as q on true
  where c.relnamespace = v_schema
    and c.relkind in ('r', 'p')
    and not c.relispartition
    and c.relrowsecurity
    and i.indisvalid
    and not i.indisunique
    and not o.is_leakproof
    and exists (select from policy as p where p.polrelid = c.oid and p.using_part not in ('true', 'false', ''))
    and not exists (
      select
      from pg_proc as f
      where f.prosecdef
        and f.pronamespace = v_schema
        and f.proowner = c.relowner
        and strpos(concat(f.prosrc, pg_get_function_sqlbody(f.oid)), c.relname) > 0
        and strpos(concat(f.prosrc, pg_get_function_sqlbody(f.oid)), a.attname) > 0
        and (
          not c.relforcerowsecurity
          or exists (
            select
            from policy as p
            where p.polrelid = c.oid
              and p.polpermissive
              and p.using_part = 'true'
              and (p.polroles @> '{0}' or pg_has_role(c.relowner, p.polroles[1], 'usage'))
          )
        )
    );
end;
$$;

comment on function comply.assess_policies(text, text) is
  'Return the policies of a schema that let through too much, or cost more than they need: one row a finding, with '
  'the SQL that cures it. Part of comply.assess_schema().';

revoke execute on function comply.assess_policies(text, text) from public;
grant  execute on function comply.assess_policies(text, text) to comply_auditor, comply_admin, comply_operator;
