-- Reads the catalog and the counters of the server, with the caller's rights. Partitions follow their tables, so only
-- the indexes of those are judged.
create or replace function comply.assess_indexes(schema_name text default 'comply')
returns table (rule text, severity text, subject text, finding text, evidence jsonb, cure text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set jit = off
as $$
#variable_conflict use_column
declare
  v_schema regnamespace := quote_ident(assess_indexes.schema_name)::regnamespace;
begin
  return query
  with idx as materialized (
    select
      i.indexrelid,
      i.indrelid,
      i.indexrelid::regclass::text as name,
      i.indrelid::regclass::text as table_name,
      x.relkind = 'I' as is_partitioned,
      x.relam,
      i.indisunique,
      i.indisexclusion,
      i.indnullsnotdistinct,
      i.indimmediate,
      i.indisvalid and i.indisready as is_usable,
      i.indisreplident or i.indisclustered as is_marked,
      i.indnkeyatts,
      coalesce(pg_get_expr(i.indpred, i.indrelid), '') as predicate,
      -- Each key column as far as it decides what can be asked of the index, and in which order.
      array(
        select format('%s %s %s %s', pg_get_indexdef(i.indexrelid, p.position, false),
                      (i.indclass::oid[])[p.position - 1], (i.indcollation::oid[])[p.position - 1],
                      (i.indoption::int2[])[p.position - 1])
        from generate_series(1, i.indnkeyatts) as p (position)
        order by p.position
      ) as keys,
      array(
        select pg_get_indexdef(i.indexrelid, p.position, false)
        from generate_series(i.indnkeyatts + 1, i.indnatts) as p (position)
        order by 1
      ) as included,
      array(
        select pg_get_indexdef(i.indexrelid, p.position, false)
        from generate_series(1, i.indnatts) as p (position)
        order by 1
      ) as columns,
      k.conname,
      k.conrelid is not null or exists (select from pg_constraint as f where f.conindid = i.indexrelid) as is_needed
    from pg_index as i
    join pg_class as x on x.oid = i.indexrelid
    join pg_class as c on c.oid = i.indrelid
    left join pg_constraint as k on k.conindid = i.indexrelid
                                and k.conrelid = i.indrelid
                                and k.contype in ('p', 'u', 'x')
    where c.relnamespace = v_schema
      and c.relkind in ('r', 'p', 'm')
      and not c.relispartition
      and not exists (
        select
        from pg_depend as d
        where d.classid = 'pg_class'::regclass
          and d.objid = c.oid
          and d.deptype = 'e'
      )
  ),
  size as materialized (
    select
      i.indexrelid,
      sum(pg_relation_size(l.relid)) as bytes,
      sum(pg_stat_get_numscans(l.relid)) as scans
    from idx as i
    cross join lateral (
      select i.indexrelid as relid
      where not i.is_partitioned
      union all
      select t.relid
      from pg_partition_tree(i.indexrelid) as t
      where i.is_partitioned
        and t.isleaf
    ) as l
    group by i.indexrelid
  ),
  drop_index as (
    select
      i.indexrelid,
      case
        when i.conname is not null then format('alter table %s drop constraint %I;', i.table_name, i.conname)
        when i.is_partitioned then format('drop index %s;', i.name)
        else format('drop index concurrently %s;', i.name)
      end as cure
    from idx as i
  ),
  -- One that serves nothing which the other does not, and forbids nothing; and there is an order among those that are
  -- the same.
  surplus as (
    select distinct on (a.indexrelid)
      a.*,
      b.name as other,
      a.keys = b.keys as is_same
    from idx as a
    join idx as b on b.indrelid = a.indrelid
                 and b.indexrelid <> a.indexrelid
                 and b.relam = a.relam
                 and b.is_usable
                 and a.predicate = b.predicate
                 and a.included <@ b.columns
    where a.is_usable
      and not a.is_marked
      and (
        (
          a.keys = b.keys
          and a.indisunique <= b.indisunique
          and not a.indisexclusion
          and (not a.indisunique or (a.indnullsnotdistinct <= b.indnullsnotdistinct and a.indimmediate <= b.indimmediate))
          and not exists (select from pg_constraint as f where f.conindid = a.indexrelid and f.contype = 'f')
          and row (b.is_needed, b.indisunique, b.indnullsnotdistinct, b.indimmediate, cardinality(b.included),
                   -b.indexrelid::bigint)
              > row (a.is_needed, a.indisunique, a.indnullsnotdistinct, a.indimmediate, cardinality(a.included),
                     -a.indexrelid::bigint)
        )
        or (
          a.relam = (select m.oid from pg_am as m where m.amname = 'btree')
          and a.indnkeyatts < b.indnkeyatts
          and a.keys = b.keys[1:a.indnkeyatts]
          and not a.indisunique
          and not a.is_needed
        )
      )
    order by a.indexrelid, a.keys = b.keys desc, b.indnkeyatts, b.indexrelid
  )
  select
    'index_invalid',
    'high',
    i.name,
    'It is written to and never read: what built it was cut off.',
    jsonb_build_object('table', i.table_name),
    case
      when i.is_partitioned then format('drop index %s; %s;', i.name,
                                        replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON '))
      else format('reindex index concurrently %s;', i.name)
    end
  from idx as i
  where not i.is_usable
  union all
  select
    'index_duplicate',
    'medium',
    s.name,
    format('%s is the same: this one costs each write, and serves nothing.', s.other),
    jsonb_build_object('other', s.other, 'bytes', z.bytes),
    d.cure
  from surplus as s
  join size as z on z.indexrelid = s.indexrelid
  join drop_index as d on d.indexrelid = s.indexrelid
  where s.is_same
  union all
  select
    'index_redundant',
    'low',
    s.name,
    format('%s begins with its columns, and so answers what it answers.', s.other),
    jsonb_build_object('other', s.other, 'bytes', z.bytes),
    d.cure
  from surplus as s
  join size as z on z.indexrelid = s.indexrelid
  join drop_index as d on d.indexrelid = s.indexrelid
  where not s.is_same
  union all
  -- A foreign key asks its index only when a row goes that it points at.
  select
    'index_unused',
    'low',
    i.name,
    format('Nothing has asked it since %s.', to_char(r.since at time zone 'UTC', 'YYYY-MM-DD')),
    jsonb_build_object('table', i.table_name, 'bytes', z.bytes, 'since', r.since),
    d.cure
  from idx as i
  join size as z on z.indexrelid = i.indexrelid
  join drop_index as d on d.indexrelid = i.indexrelid
  cross join (
    select coalesce(b.stats_reset, pg_postmaster_start_time()) as since
    from pg_stat_database as b
    where b.datname = current_database()
  ) as r
  where z.scans = 0
    and z.bytes > 1048576
    and not i.indisunique
    and not i.is_needed
    and not i.is_marked
    and i.is_usable
    and r.since < comply.now() - interval '30 days'
    and not exists (select from surplus as s where s.indexrelid = i.indexrelid)
    and not exists (
      select
      from pg_constraint as f
      join pg_index as n on n.indexrelid = i.indexrelid
      where f.conrelid = i.indrelid
        and f.contype = 'f'
        and (n.indkey::int2[])[0:cardinality(f.conkey) - 1] @> f.conkey
    )
  union all
  select
    'index_on_document',
    'medium',
    i.name,
    'It finds only documents that are the same as a whole, and fails on one of more than 2,704 bytes.',
    jsonb_build_object('table', i.table_name, 'column', a.attname),
    format('create index %son %s using gin (%I); ', case when not i.is_partitioned then 'concurrently ' else '' end,
           i.table_name, a.attname) || d.cure
  from idx as i
  join pg_index as n on n.indexrelid = i.indexrelid
  join drop_index as d on d.indexrelid = i.indexrelid
  join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = n.indkey[0]
  join pg_am as m on m.oid = i.relam
  where m.amname = 'btree'
    and not i.indisunique
    and a.atttypid in ('jsonb'::regtype, 'tsvector'::regtype)
  union all
  select
    'index_on_boolean',
    'low',
    i.name,
    'Each of its two values is in a tenth of the rows at least, so reading all of them is as cheap.',
    jsonb_build_object('table', i.table_name, 'column', s.attname, 'bytes', z.bytes),
    d.cure
  from idx as i
  join pg_index as n on n.indexrelid = i.indexrelid
  join size as z on z.indexrelid = i.indexrelid
  join drop_index as d on d.indexrelid = i.indexrelid
  join pg_class as c on c.oid = i.indrelid
  join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = n.indkey[0] and a.atttypid = 'boolean'::regtype
  join pg_stats as s on s.schemaname = assess_indexes.schema_name
                    and s.tablename = c.relname
                    and s.attname = a.attname
                    and s.inherited = (c.relkind = 'p')
  where i.indnkeyatts = 1
    and i.predicate = ''
    and not i.indisunique
    and cardinality(s.most_common_freqs) = 2
    and s.most_common_freqs[2] >= 0.1
  union all
  select
    'table_scanned',
    'medium',
    c.oid::regclass::text,
    'It is read as a whole again and again.',
    jsonb_build_object('rows', s.n_live_tup, 'scans', s.seq_scan, 'rows_read', s.seq_tup_read,
                       'index_scans', s.idx_scan),
    format('select a.cure from comply.advise_indexes(%L) as a where a.table_name = %L;', assess_indexes.schema_name,
           c.oid::regclass)
  from pg_class as c
  join pg_stat_all_tables as s on s.relid = c.oid
  where c.relnamespace = v_schema
    and c.relkind = 'r'
    and s.n_live_tup >= 10000
    and s.seq_scan >= 1000
    and s.seq_tup_read / s.seq_scan >= s.n_live_tup / 2
    and s.seq_scan > coalesce(s.idx_scan, 0) / 10;
end;
$$;

comment on function comply.assess_indexes(text) is
  'Return the indexes of a schema that are invalid, superfluous or of the wrong kind, and the tables that are read as '
  'a whole: one row a finding, with the SQL that cures it. Part of comply.assess_schema().';

revoke execute on function comply.assess_indexes(text) from public;
grant  execute on function comply.assess_indexes(text) to comply_auditor, comply_admin, comply_operator;
