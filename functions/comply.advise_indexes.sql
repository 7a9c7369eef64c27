-- Runs with the caller's rights, and never plans the text of a statement: whoever may run one statement could have his
-- own functions called by whoever plans it, as planning evaluates what is immutable. It is only searched for names and
-- operators; what is planned is built here, of names that the catalog has.
create or replace function comply.advise_indexes(
  schema_name text default 'comply',
  min_calls   bigint default 10,
  min_gain    double precision default 0.3,
  row_limit   integer default 20
)
returns table (
  table_name  text,
  columns     text[],
  statements  bigint,
  calls       bigint,
  total_ms    double precision,
  cost_before double precision,
  cost_after  double precision,
  bytes       bigint,
  cure        text,
  query_ids   bigint[]
)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
#variable_conflict use_column
declare
  v_schema     regnamespace := quote_ident(advise_indexes.schema_name)::regnamespace;
  v_statements text;
  v_hypopg     text;
  v_hidden     bigint;
  v_seen       jsonb;
  v_shape      record;
  v_candidate  record;
  v_query      text;
  v_plan       json;
  v_before     float8;
  v_after      float8;
  v_index      oid;
  v_bytes      bigint;
  v_best       jsonb;
  v_advice     jsonb := jsonb_build_array();
begin
  select
    max(format('%I.pg_stat_statements', e.extnamespace::regnamespace)) filter (where e.extname = 'pg_stat_statements'),
    max(quote_ident(e.extnamespace::regnamespace::text)) filter (where e.extname = 'hypopg')
  into v_statements, v_hypopg
  from pg_extension as e;

  if v_statements is null then
    raise exception 'pg_stat_statements is not in database %', quote_ident(current_database())
      using errcode = 'PC641',
            hint    = 'Have it in shared_preload_libraries, then: create extension pg_stat_statements;';
  end if;

  execute format(
    $q$
      with visible as (
        select s.queryid, s.query, s.calls, s.total_exec_time as ms, s.query = '<insufficient privilege>' as is_hidden
        from %s as s
        where s.dbid = (select d.oid from pg_database as d where d.datname = current_database())
          and s.calls >= $1
      )
      select
        (select count(*) from visible as v where v.is_hidden),
        coalesce(jsonb_agg(jsonb_build_object('id', t.queryid, 'text', t.query, 'calls', t.calls, 'ms', t.ms)), '[]')
      from (
        select v.*
        from visible as v
        where not v.is_hidden
          and v.query ~* '^(\s|\(|--[^\n]*\n|/\*([^*]|\*(?!/))*\*/)*(select|with|update|delete|insert|merge)\M'
        order by v.ms desc
        limit 500
      ) as t
    $q$,
    v_statements)
  into v_hidden, v_seen
  using advise_indexes.min_calls;

  if v_seen = '[]' and v_hidden > 0 then
    raise exception '% statement(s) are hidden from %', v_hidden, quote_ident(current_user)
      using errcode = 'PC642',
            hint    = 'As an administrator: grant pg_read_all_stats to whoever asks.';
  end if;

  for v_shape in
    with statement as (
      select
        s.id,
        s.calls,
        s.ms,
        -- Without comments, texts and quotes; and without what an UPDATE sets, which reads like a condition.
        regexp_replace(
          regexp_replace(
            replace(
              regexp_replace(lower(s.text), '--[^\n]*|/\*(?:[^*]|\*(?!/))*\*/|''(?:[^'']|'''')*''', ' ', 'g'),
              '"', ''),
            '\s+', ' ', 'g'),
          '\mset .*?(?=\mwhere\M|\mfrom\M|$)', ' ') as text
      from jsonb_to_recordset(v_seen) as s (id bigint, text text, calls bigint, ms float8)
    ),
    judged as (
      select
        c.oid, c.oid::regclass::text as table_name, c.relkind = 'p' as is_partitioned, c.relrowsecurity,
        -- As the text below has names, for a pattern.
        regexp_replace(lower(c.relname), '(\W)', '\\\1', 'g') as name,
        -- Of a partitioned table its largest partition is planned, as no index can be tried on the whole.
        coalesce(p.relid, c.oid)::regclass as planned,
        coalesce(p.rows, c.reltuples) as rows
      from pg_class as c
      left join lateral (
        select t.relid, x.reltuples as rows
        from pg_partition_tree(c.oid) as t
        join pg_class as x on x.oid = t.relid
        where c.relkind = 'p'
          and t.isleaf
        order by x.reltuples desc
        limit 1
      ) as p on true
      where c.relnamespace = v_schema
        and c.relkind in ('r', 'p')
        and not c.relispartition
    ),
    mention as materialized (
      select
        s.id, s.calls, s.ms, s.text, t.*,
        array_to_string(array(
          select distinct m.name
          from (
            select t.name
            union all
            select r.alias[1]
            from regexp_matches(s.text, format('(?<!\w)%s (?:as )?([a-z_]\w*)', t.name), 'g') as r (alias)
            where r.alias[1] not in ('where', 'on', 'set', 'join', 'left', 'right', 'inner', 'full', 'cross', 'natural',
                                     'group', 'order', 'limit', 'using', 'returning', 'values', 'for', 'union', 'as',
                                     'having', 'window', 'offset', 'fetch', 'except', 'intersect', 'tablesample')
          ) as m (name)
        ), '|') as names
      from statement as s
      join judged as t
        on s.text ~ format('(?<![\w.])(%s\.)?%s(?!\w)',
                           regexp_replace(lower(advise_indexes.schema_name), '(\W)', '\\\1', 'g'), t.name)
      where t.rows >= 1000
        and s.text !~ '\mor\M'
    ),
    col as materialized (
      select
        t.oid, a.attnum, a.attname, f.stadistinct,
        e.proleakproof as is_leakproof
      from judged as t
      join pg_attribute as a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
      join pg_opclass as y on y.opcdefault
                          and y.opcmethod = (select m.oid from pg_am as m where m.amname = 'btree')
                          and y.opcintype = case a.atttypid when 'varchar'::regtype then 'text'::regtype
                                                            else a.atttypid end
      join pg_amop as o on o.amopfamily = y.opcfamily
                       and o.amoplefttype = y.opcintype
                       and o.amoprighttype = y.opcintype
                       and o.amopstrategy = 3
      join pg_operator as r on r.oid = o.amopopr
      join pg_proc as e on e.oid = r.oprcode
      left join lateral (
        select s.n_distinct as stadistinct
        from pg_stats as s
        where s.schemaname = advise_indexes.schema_name
          and s.tablename = (select c.relname from pg_class as c where c.oid = t.oid)
          and s.attname = a.attname
          and s.inherited = t.is_partitioned
      ) as f on true
    ),
    -- A policy's columns are compared in every statement that it binds.
    policy_col as (
      select distinct d.refobjid as oid, d.refobjsubid as attnum
      from pg_policy as p
      join pg_depend as d on d.classid = 'pg_policy'::regclass
                         and d.objid = p.oid
                         and d.refclassid = 'pg_class'::regclass
                         and d.refobjid = p.polrelid
                         and d.refobjsubid > 0
      join pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
      where a.atttypid <> 'boolean'::regtype
    ),
    used as materialized (
      select
        m.id, m.calls, m.ms, m.oid, m.table_name, m.planned, m.is_partitioned, c.attnum, c.attname, c.stadistinct,
        p.attnum is not null as is_policy,
        m.text ~ format('%s ?(= ?([^a-z_ ]|any ?\()|in \(|is not distinct from)', n.pattern)
          or p.attnum is not null as is_equal,
        m.text ~ format('%s ?= ?(?!any ?\()[a-z_]|= ?%1$s', n.pattern) as is_joined,
        m.text ~ format('%s ?(<|>|between)', n.pattern) as is_range,
        nullif(regexp_instr(o.clause, n.pattern), 0) as order_position
      from mention as m
      join col as c on c.oid = m.oid
      left join policy_col as p on p.oid = c.oid and p.attnum = c.attnum and m.relrowsecurity
      cross join lateral (
        -- Without its table, a name is a column of this one where no other in the statement has it.
        select format(
          case
            when exists (
              select
              from mention as x
              join col as y on y.oid = x.oid and y.attname = c.attname
              where x.id = m.id
                and x.oid <> m.oid
            ) then '(?<![\w.])(?:%s)\.%s(?!\w)'
            else '(?<![\w.])(?:(?:%s)\.)?%s(?!\w)'
          end,
          m.names, regexp_replace(lower(c.attname), '(\W)', '\\\1', 'g')) as pattern
      ) as n
      cross join lateral (
        select coalesce(substring(m.text from '\morder by (.*?)(?:\m(?:limit|offset|fetch|for)\M|\)|$)'), '') as clause
      ) as o
      where not m.relrowsecurity
         or c.is_leakproof
    ),
    -- A join may begin on either side: with what it is joined by, or with its own conditions alone.
    shape as (
      select
        u.id, u.calls, u.ms, u.oid, u.table_name, u.planned, u.is_partitioned,
        coalesce(
          array_agg(u.attname::text order by u.is_policy desc,
                    case when u.stadistinct < 0 then 1e12 * -u.stadistinct else u.stadistinct end desc nulls last,
                    u.attname)
            filter (where e.is_equal), '{}') as equal,
        coalesce(array_agg(u.attname::text order by u.attname) filter (where u.is_range and not e.is_equal), '{}')
          as ranges,
        coalesce(array_agg(u.attname::text order by u.order_position)
                   filter (where u.order_position is not null and not e.is_equal), '{}') as sorted
      from used as u
      cross join (values (false), (true)) as v (is_inner)
      cross join lateral (select u.is_equal or (v.is_inner and u.is_joined) as is_equal) as e
      group by u.id, u.calls, u.ms, u.oid, u.table_name, u.planned, u.is_partitioned, v.is_inner
      -- What only the policy asks for, the policy's index answers; and what a unique key finds, that key does.
      having bool_or((e.is_equal and not u.is_policy) or u.is_range or u.order_position is not null)
         and (not v.is_inner or bool_or(u.is_joined and not u.is_equal))
         and not exists (
           select
           from pg_index as i
           where i.indrelid = u.oid
             and i.indisunique
             and i.indisvalid
             and i.indpred is null
             and i.indexprs is null
             and (i.indkey::int2[])[0:i.indnkeyatts - 1] <@ array_agg(u.attnum) filter (where e.is_equal)
         )
    )
    select
      s.oid, s.table_name, s.planned, s.is_partitioned, s.equal[1:4] as equal, s.ranges[1:1] as ranges,
      s.sorted[1:2] as sorted, count(*) as statements, sum(s.calls)::bigint as calls, sum(s.ms) as ms,
      array_agg(s.id order by s.ms desc) as query_ids
    from shape as s
    group by s.oid, s.table_name, s.planned, s.is_partitioned, s.equal[1:4], s.ranges[1:1], s.sorted[1:2]
    order by sum(s.ms) desc
    limit 100
  loop
    -- What the server would do for such a statement: its conditions, of values that it does not know.
    select format(
      'select t.* from %s as t%s%s%s', v_shape.planned,
      ' where ' || string_agg(
        case when q.kind < 3 then format(
          't.%I operator(%I.%s) (select null::%s)', q.name, r.oprnamespace::regnamespace, r.oprname,
          format_type(a.atttypid, null)) end, ' and ' order by q.kind, q.position),
      ' order by ' || string_agg(case when q.kind = 3 then format('t.%I', q.name) end, ', ' order by q.position),
      case when v_shape.sorted <> '{}' then ' limit 100' end)
    into v_query
    from (
      select 1 as kind, e.name, e.position from unnest(v_shape.equal) with ordinality as e (name, position)
      union all
      select 2, e.name, e.position from unnest(v_shape.ranges) with ordinality as e (name, position)
      union all
      select 3, e.name, e.position from unnest(v_shape.sorted) with ordinality as e (name, position)
    ) as q
    join pg_attribute as a on a.attrelid = v_shape.oid and a.attname = q.name
    join pg_opclass as y on y.opcdefault
                        and y.opcmethod = (select m.oid from pg_am as m where m.amname = 'btree')
                        and y.opcintype = case a.atttypid when 'varchar'::regtype then 'text'::regtype
                                                          else a.atttypid end
    join pg_amop as o on o.amopfamily = y.opcfamily
                     and o.amoplefttype = y.opcintype
                     and o.amoprighttype = y.opcintype
                     and o.amopstrategy = case when q.kind = 2 then 5 else 3 end
    join pg_operator as r on r.oid = o.amopopr;

    v_best := null;
    v_before := null;

    if v_hypopg is not null
       and has_schema_privilege(v_schema, 'usage')
       and has_table_privilege(v_shape.planned, 'select')
    then
      execute 'explain (format json) ' || v_query into v_plan;
      v_before := (v_plan -> 0 -> 'Plan' ->> 'Total Cost')::float8;
    end if;

    for v_candidate in
      select distinct on (n.names) n.names, n.names @> n.wanted as is_full
      from (
        select v_shape.equal || v_shape.ranges, v_shape.equal || v_shape.ranges
        union all
        select v_shape.equal || v_shape.sorted, v_shape.equal || v_shape.sorted
        union all
        select v_shape.equal, v_shape.equal
      ) as n (names, wanted)
      where cardinality(n.names) between 1 and 6
        -- One that begins with the same columns is there: of those compared for equality, in any order.
        and not exists (
          select
          from pg_index as i
          cross join lateral (
            select array_agg(a.attname::text order by k.position) as names
            from unnest(i.indkey::int2[]) with ordinality as k (attnum, position)
            join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum
          ) as h
          where i.indrelid = v_shape.oid
            and i.indisvalid
            and i.indpred is null
            and i.indexprs is null
            and h.names[1:cardinality(v_shape.equal)] @> v_shape.equal
            and h.names[cardinality(v_shape.equal) + 1:cardinality(n.names)]
                = n.names[cardinality(v_shape.equal) + 1:cardinality(n.names)]
        )
      order by n.names
    loop
      v_after := null;
      v_bytes := null;

      if v_before is not null then
        execute format('select h.indexrelid, %1$s.hypopg_relation_size(h.indexrelid) '
                       'from %1$s.hypopg_create_index($1) as h', v_hypopg)
        into v_index, v_bytes
        using format('create index on %s (%s)', v_shape.planned, (
          select string_agg(quote_ident(c.name), ', ' order by c.position)
          from unnest(v_candidate.names) with ordinality as c (name, position)
        ));
        execute 'explain (format json) ' || v_query into v_plan;
        v_after := (v_plan -> 0 -> 'Plan' ->> 'Total Cost')::float8;
        execute format('select %s.hypopg_drop_index($1)', v_hypopg) using v_index;

        continue when v_after > v_before * (1 - advise_indexes.min_gain);
      end if;

      -- The cheapest, and among those that are nearly so the one of fewer columns; untried, the one of most.
      if v_best is null
         or v_after < (v_best ->> 'after')::float8 * 0.98
         or (v_after <= (v_best ->> 'after')::float8 * 1.02
             and cardinality(v_candidate.names) < jsonb_array_length(v_best -> 'columns'))
         or (v_after is null and cardinality(v_candidate.names) > jsonb_array_length(v_best -> 'columns'))
      then
        v_best := jsonb_build_object(
          'table', v_shape.table_name, 'is_partitioned', v_shape.is_partitioned, 'columns', v_candidate.names,
          'statements', v_shape.statements, 'calls', v_shape.calls, 'ms', v_shape.ms, 'before', v_before,
          'after', v_after, 'bytes', v_bytes, 'ids', v_shape.query_ids);
      end if;
    end loop;

    v_advice := v_advice || coalesce(v_best, '[]');
  end loop;

  -- One index for those whose columns are the first of its own.
  return query
  with advice as (
    select
      a."table", a.is_partitioned, a.columns, a.statements, a.calls, a.ms, a.before, a.after, a.bytes, a.ids,
      (
        select b.columns
        from jsonb_to_recordset(v_advice) as b ("table" text, columns text[])
        where b."table" = a."table"
          and b.columns[1:cardinality(a.columns)] = a.columns
        order by cardinality(b.columns) desc, b.columns
        limit 1
      ) as longest
    from jsonb_to_recordset(v_advice) as a (
      "table" text, is_partitioned boolean, columns text[], statements bigint, calls bigint, ms float8, before float8,
      after float8, bytes bigint, ids bigint[])
  )
  select
    a."table",
    a.longest,
    sum(a.statements)::bigint,
    sum(a.calls)::bigint,
    sum(a.ms),
    sum(a.before * a.calls) / sum(a.calls),
    sum(a.after * a.calls) / sum(a.calls),
    max(a.bytes),
    format('create index %son %s (%s);', case when not bool_or(a.is_partitioned) then 'concurrently ' else '' end,
           a."table", (
             select string_agg(quote_ident(c.name), ', ' order by c.position)
             from unnest(a.longest) with ordinality as c (name, position)
           )),
    array(
      select distinct i.id
      from advice as b
      cross join lateral unnest(b.ids) as i (id)
      where b."table" = a."table"
        and b.longest = a.longest
      order by i.id
    )
  from advice as a
  group by a."table", a.longest
  order by sum(a.ms * (1 - coalesce(a.after / nullif(a.before, 0), 0))) desc, a."table", a.longest
  limit advise_indexes.row_limit;
end;
$$;

comment on function comply.advise_indexes(text, bigint, double precision, integer) is
  'Return the indexes that statements of pg_stat_statements would gain by, the most first: how many statements, how '
  'often and how long they ran, and, where hypopg is installed, what the planner says they cost without it and with '
  'it, and how large it gets. Makes no index. Raises PC641, PC642.';

revoke execute on function comply.advise_indexes(text, bigint, double precision, integer) from public;
grant  execute on function comply.advise_indexes(text, bigint, double precision, integer)
  to comply_auditor, comply_admin, comply_operator;
