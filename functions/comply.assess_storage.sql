-- Reads the catalog, the counters of the server and the planner's statistics, with the caller's rights: what those
-- hide it says at the end. A size is compared with what the rows would need, as of the last ANALYZE.
create or replace function comply.assess_storage(schema_name text default 'comply', smallest bigint default 10485760)
returns table (rule text, severity text, subject text, finding text, evidence jsonb, cure text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set jit = off
as $$
#variable_conflict use_column
declare
  v_schema regnamespace := quote_ident(assess_storage.schema_name)::regnamespace;
  v_block  constant float8 := current_setting('block_size')::float8;
begin
  return query
  with judged as materialized (
    select c.oid, c.relname, c.oid::regclass::text as name, c.relkind, c.relpages, c.reltuples, c.reloptions,
           c.relpersistence, c.relispartition,
           coalesce((
             select (x.option_value)::float8 / 100
             from pg_options_to_table(c.reloptions) as x
             where x.option_name = 'fillfactor'
           ), 1) as fill
    from pg_class as c
    where c.relnamespace = v_schema
      and c.relkind in ('r', 'm')
      and not exists (
        select
        from pg_depend as d
        where d.classid = 'pg_class'::regclass
          and d.objid = c.oid
          and d.deptype = 'e'
      )
  ),
  width as materialized (
    select
      t.oid,
      a.attnum,
      s.avg_width * (1 - s.null_frac) as bytes
    from judged as t
    join pg_attribute as a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
    left join pg_stats as s on s.schemaname = assess_storage.schema_name
                           and s.tablename = t.relname
                           and s.attname = a.attname
                           and not s.inherited
  ),
  -- 24 bytes before each row and 4 to find it by, 4 lost to alignment on average; 24 before each page.
  heap as (
    select
      t.*,
      ceil(t.reltuples * (32 + sum(w.bytes)) / ((v_block - 24) * t.fill)) as needed,
      bool_or(w.bytes is null) as is_hidden
    from judged as t
    join width as w on w.oid = t.oid
    where t.reltuples > 0
      and t.relpages * v_block >= assess_storage.smallest
    group by t.oid, t.relname, t.name, t.relkind, t.relpages, t.reltuples, t.reloptions, t.relpersistence,
             t.relispartition, t.fill
  ),
  tree as (
    select
      i.indexrelid::regclass::text as name,
      t.name as table_name,
      x.relpages,
      ceil(x.reltuples * (16 + sum(w.bytes)) / ((v_block - 40) * coalesce((
        select f.option_value::float8 / 100
        from pg_options_to_table(x.reloptions) as f
        where f.option_name = 'fillfactor'
      ), 0.9))) as needed
    from judged as t
    join pg_index as i on i.indrelid = t.oid and i.indexprs is null and i.indisvalid
    join pg_class as x on x.oid = i.indexrelid
    join pg_am as m on m.oid = x.relam and m.amname = 'btree'
    join width as w on w.oid = t.oid and w.attnum = any (i.indkey::int2[])
    where x.relpages * v_block >= assess_storage.smallest
      and x.reltuples > 0
    group by i.indexrelid, t.name, x.relpages, x.reltuples, x.reloptions
    having bool_and(w.bytes is not null)
  )
  select
    'table_bloated',
    case when h.relpages > 4 * h.needed then 'high' else 'medium' end,
    h.name,
    format('It has %s and needs %s: each scan reads the difference.', pg_size_pretty((h.relpages * v_block)::bigint),
           pg_size_pretty((h.needed * v_block)::bigint)),
    jsonb_build_object('pages', h.relpages, 'needed', h.needed, 'rows', h.reltuples::bigint),
    format('vacuum (full, analyze) %s;', h.name)
  from heap as h
  where h.relpages > 2 * h.needed
    and (h.relpages - h.needed) * v_block >= assess_storage.smallest
  union all
  select
    'index_bloated',
    case when t.relpages > 4 * t.needed then 'high' else 'medium' end,
    t.name,
    format('It has %s and needs %s.', pg_size_pretty((t.relpages * v_block)::bigint),
           pg_size_pretty((t.needed * v_block)::bigint)),
    jsonb_build_object('table', t.table_name, 'pages', t.relpages, 'needed', t.needed),
    format('reindex index concurrently %s;', t.name)
  from tree as t
  where t.relpages > 2 * t.needed
    and (t.relpages - t.needed) * v_block >= assess_storage.smallest
  union all
  select
    'dead_rows',
    'medium',
    t.name,
    'More than a fifth of its rows are dead, and no vacuum has come for a day.',
    jsonb_build_object('dead', s.n_dead_tup, 'live', s.n_live_tup,
                       'vacuumed_at', greatest(s.last_vacuum, s.last_autovacuum)),
    format('vacuum (analyze) %s;', t.name)
  from judged as t
  join pg_stat_all_tables as s on s.relid = t.oid
  where s.n_dead_tup > 10000 + 0.2 * s.n_live_tup
    and coalesce(greatest(s.last_vacuum, s.last_autovacuum) < comply.now() - interval '1 day', true)
  union all
  select
    'autovacuum_off',
    'medium',
    t.name,
    'Nothing takes its dead rows away or looks at what it holds, until transaction ids run out.',
    jsonb_build_object('rows', t.reltuples::bigint),
    format('alter table %s reset (autovacuum_enabled);', t.name)
  from judged as t
  where exists (
    select
    from pg_options_to_table(t.reloptions) as x
    where x.option_name = 'autovacuum_enabled'
      and not x.option_value::boolean
  )
  union all
  -- A comment that says so says that it is meant.
  select
    'table_unlogged',
    'medium',
    t.name,
    'It is empty after a crash, and on every replica.',
    jsonb_build_object('rows', t.reltuples::bigint),
    format('alter table %s set logged;', t.name)
  from judged as t
  where t.relpersistence = 'u'
    and coalesce(obj_description(t.oid, 'pg_class') !~* '\munlogged\M', true)
  union all
  select
    'never_analyzed',
    'low',
    t.name,
    'The planner knows nothing of what it holds.',
    jsonb_build_object('bytes', pg_relation_size(t.oid)),
    format('analyze %s;', t.name)
  from judged as t
  where t.reltuples < 0
    and pg_relation_size(t.oid) >= 131072
  union all
  -- The type of the column ends some sequences before their own end.
  select
    case when q.cycle then 'sequence_cycles' else 'sequence_near_end' end,
    case
      when q.cycle then 'high'
      when q.used >= 0.9 then 'critical'
      when q.used >= 0.75 then 'high'
      else 'medium'
    end,
    coalesce(q.column_name, q.name),
    case
      when q.cycle then 'After its last number it begins anew, with those that are in use.'
      else format('%s %% of its numbers are gone; after %s, inserts fail.', floor(q.used * 100), q.ends)
    end,
    jsonb_build_object('sequence', q.name, 'last', q.last_value, 'ends', q.ends, 'type', q.type_name),
    case
      when q.cycle then format('alter sequence %s no cycle;', q.name)
      else format('alter sequence %s as bigint maxvalue 9223372036854775807;', q.name)
        || coalesce(format(' alter table %s alter column %I type bigint;', q.table_name, q.attname), '')
    end
  from (
    select
      s.seqrelid::regclass::text as name,
      s.seqcycle as cycle,
      o.table_name,
      o.attname,
      o.table_name || '.' || quote_ident(o.attname) as column_name,
      o.type_name,
      l.last_value,
      e.ends,
      (l.last_value - e.begins)::float8 / nullif(e.ends::float8 - e.begins, 0) as used
    from pg_sequence as s
    join pg_class as c on c.oid = s.seqrelid and c.relnamespace = v_schema
    left join lateral (
      select a.attrelid::regclass::text as table_name, a.attname, format_type(a.atttypid, null) as type_name, a.atttypid
      from pg_depend as d
      left join pg_attrdef as f on d.classid = 'pg_attrdef'::regclass and f.oid = d.objid
      join pg_attribute as a on a.attrelid = case when f.oid is null then d.refobjid else f.adrelid end
                            and a.attnum = case when f.oid is null then d.refobjsubid else f.adnum end
      where (d.classid = 'pg_class'::regclass and d.objid = s.seqrelid and d.deptype in ('a', 'i')
             and d.refclassid = 'pg_class'::regclass)
         or (d.classid = 'pg_attrdef'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = s.seqrelid)
      order by 1, 2
      limit 1
    ) as o on true
    cross join lateral (
      select case when has_sequence_privilege(s.seqrelid, 'select') then pg_sequence_last_value(s.seqrelid) end
        as last_value
    ) as l
    cross join lateral (
      select
        -- What is below zero is no use to who starts above.
        case when s.seqstart < 0 then s.seqmin else greatest(s.seqmin, 0) end::float8 as begins,
        least(s.seqmax, case o.atttypid when 'int2'::regtype then 32767 when 'int4'::regtype then 2147483647
                                        else 9223372036854775807 end) as ends
    ) as e
    where s.seqincrement > 0
  ) as q
  where q.used >= 0.5
     or q.cycle
  union all
  -- What was not seen is not found to be well.
  select
    'not_seen',
    'info',
    quote_ident(assess_storage.schema_name),
    format('The planner''s statistics of %s table(s), and %s sequence(s), are hidden from %s.', n.tables, n.sequences,
           current_user),
    jsonb_build_object('tables', n.tables, 'sequences', n.sequences),
    '-- Ask again as a role that owns the tables, or one with BYPASSRLS where row level security is forced.'
  from (
    select
      (
        select count(*)
        from judged as t
        where t.reltuples > 0
          and (row_security_active(t.oid) or not has_any_column_privilege(t.oid, 'select'))
      ) as tables,
      (
        select count(*)
        from pg_class as c
        where c.relnamespace = v_schema
          and case when c.relkind = 'S' then not has_sequence_privilege(c.oid, 'select') else false end
      ) as sequences
  ) as n
  where n.tables + n.sequences > 0;
end;
$$;

comment on function comply.assess_storage(text, bigint) is
  'Return what of a schema takes more room than it needs, by so many bytes at least, is not looked after, or is about '
  'to run out: one row a finding, with the SQL that cures it. Part of comply.assess_schema().';

revoke execute on function comply.assess_storage(text, bigint) from public;
grant  execute on function comply.assess_storage(text, bigint) to comply_auditor, comply_admin, comply_operator;
