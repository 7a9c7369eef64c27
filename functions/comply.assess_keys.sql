-- Reads the catalog alone, with the caller's rights. What a column holds it knows from the planner's statistics, where
-- the caller may see them, and shows none of it: a cure that needs values looks them up where it runs.
create or replace function comply.assess_keys(
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
  -- What is never null.
  v_default constant text := '^(now\(\)|current_|(clock|statement|transaction)_timestamp\(|gen_random_uuid\(|nextval\('
    '|true$|false$|-?\d|''|\()';
  v_schema  regnamespace := quote_ident(assess_keys.schema_name)::regnamespace;
begin
  return query
  with judged as materialized (
    select c.oid, c.relname, c.oid::regclass::text as name, c.relkind = 'p' as is_partitioned, c.reltuples,
           c.relreplident
    from pg_class as c
    where c.relnamespace = v_schema
      and c.relkind in ('r', 'p')
      and not c.relispartition
      and not exists (
        select
        from pg_depend as d
        where d.classid = 'pg_class'::regclass
          and d.objid = c.oid
          and d.deptype = 'e'
      )
  ),
  col as materialized (
    select
      t.oid, t.relname, t.name, t.is_partitioned, t.reltuples,
      a.attnum, a.attname, quote_ident(a.attname) as column_name, a.atttypid, a.attnotnull, a.atthasdef,
      format_type(a.atttypid, a.atttypmod) as type_name,
      case when a.attgenerated = '' then pg_get_expr(e.adbin, e.adrelid) end as default_value,
      exists (
        select
        from pg_constraint as k
        where k.conrelid = a.attrelid
          and k.contype = 'c'
          and a.attnum = any (k.conkey)
      ) or coalesce(col_description(a.attrelid, a.attnum) ~* '\mnull\M', false) as is_explained
    from judged as t
    join pg_attribute as a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef as e on e.adrelid = a.attrelid and e.adnum = a.attnum
  ),
  fk as materialized (
    select
      t.*, k.oid as constraint_oid, k.conname, k.conkey, k.confkey, k.confrelid, k.confdeltype,
      (
        select string_agg(quote_ident(a.attname), ', ' order by u.position)
        from unnest(k.conkey) with ordinality as u (attnum, position)
        join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = u.attnum
      ) as columns
    from judged as t
    join pg_constraint as k on k.conrelid = t.oid and k.contype = 'f'
  ),
  keyless as (
    select
      t.*,
      -- Every column of it not null, and of the whole table.
      (
        select min(i.indexrelid)
        from pg_index as i
        where i.indrelid = t.oid
          and i.indisunique
          and i.indisvalid
          and i.indimmediate
          and i.indpred is null
          and i.indexprs is null
          and i.indnatts = i.indnkeyatts
          and not exists (
            select
            from pg_attribute as a
            where a.attrelid = t.oid
              and a.attnum = any (i.indkey::int2[])
              and not a.attnotnull
          )
      ) as unique_index,
      (
        select min(a.column_name)
        from col as a
        where a.oid = t.oid
          and a.attname in ('id', t.relname || '_id', regexp_replace(t.relname, 's$', '') || '_id')
      ) as id_column,
      (
        select string_agg(f.columns, ', ' order by f.conkey)
        from fk as f
        where f.oid = t.oid
        having count(*) > 1
           and sum(cardinality(f.conkey)) >= (select count(*) - 2 from col as a where a.oid = t.oid)
      ) as linked_columns,
      (
        select string_agg(quote_ident(a.attname), ', ' order by u.position)
        from pg_partitioned_table as p
        cross join lateral unnest(p.partattrs::int2[]) with ordinality as u (attnum, position)
        join pg_attribute as a on a.attrelid = p.partrelid and a.attnum = u.attnum
        where p.partrelid = t.oid
      ) as partition_columns
    from judged as t
    where exists (select from col as a where a.oid = t.oid)
      and t.relreplident <> 'f'
      and not exists (select from pg_constraint as k where k.conrelid = t.oid and k.contype = 'p')
  )
  -- Whoever says that each row is its own identity has no key on purpose.
  select
    'table_without_primary_key',
    'medium',
    t.name,
    'No key tells one row from another, so a row twice is not noticed, and logical replication takes no update.',
    jsonb_build_object('rows', t.reltuples::bigint, 'unique_index', t.unique_index::regclass::text),
    case
      when t.is_partitioned then
        format('alter table %s add column row_id uuid not null default gen_random_uuid(), '
               'add primary key (%s, row_id);', t.name, t.partition_columns)
      when t.unique_index is not null then (
        select case
          when k.oid is null then format('alter table %s add primary key using index %I;', t.name, x.relname)
          else format('alter table %s %sadd primary key (%s);', t.name,
                      case when not exists (select from pg_constraint as f where f.contype = 'f' and f.conindid = x.oid)
                        then format('drop constraint %I, ', k.conname) end,
                      substring(pg_get_constraintdef(k.oid) from '\((.*)\)'))
        end
        from pg_class as x
        left join pg_constraint as k on k.conindid = x.oid and k.conrelid = t.oid and k.contype = 'u'
        where x.oid = t.unique_index
      )
      when t.id_column is not null then format('alter table %s add primary key (%s);', t.name, t.id_column)
      when t.linked_columns is not null then format('alter table %s add primary key (%s);', t.name, t.linked_columns)
      else format('alter table %s add column row_id bigint generated always as identity primary key;', t.name)
    end
  from keyless as t
  union all
  -- A partial index serves where all that it leaves out is null.
  select
    'foreign_key_not_indexed',
    'medium',
    format('%s.%I', f.name, f.conname),
    format('Deleting or renaming a row of %s reads all of %s, and so does a join from there.',
           f.confrelid::regclass, f.name),
    jsonb_build_object('columns', f.columns, 'references', f.confrelid::regclass::text, 'rows', f.reltuples::bigint),
    format('create index %son %s (%s);', case when not f.is_partitioned then 'concurrently ' else '' end, f.name,
           f.columns)
  from fk as f
  where not exists (
    select
    from pg_index as i
    where i.indrelid = f.oid
      and i.indisvalid
      and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) ~ '^\(\S+ IS NOT NULL\)$')
      and (i.indkey::int2[])[0:cardinality(f.conkey) - 1] @> f.conkey
  )
  union all
  select
    'constraint_not_validated',
    'medium',
    format('%s.%I', t.name, k.conname),
    'Rows that were there before it may break it, and the planner does not rely on it.',
    jsonb_build_object('constraint', pg_get_constraintdef(k.oid)),
    format('alter table %s validate constraint %I;', t.name, k.conname)
  from judged as t
  join pg_constraint as k on k.conrelid = t.oid
  where k.contype in ('c', 'f')
    and not k.convalidated
    and coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true)
  union all
  select
    'foreign_key_type_differs',
    case when f.reltuples > 1000000 then 'high' else 'medium' end,
    format('%s.%I', f.name, a.attname),
    format('It is %s and what it points at is %s: one can hold what the other cannot, and joins convert.',
           format_type(a.atttypid, a.atttypmod), format_type(r.atttypid, r.atttypmod)),
    jsonb_build_object('constraint', f.conname, 'type', format_type(a.atttypid, a.atttypmod),
                       'references', format('%s.%I', f.confrelid::regclass, r.attname),
                       'referenced_type', format_type(r.atttypid, r.atttypmod)),
    format('alter table %s alter column %I type %s;', f.name, a.attname, format_type(r.atttypid, r.atttypmod))
  from fk as f
  cross join lateral unnest(f.conkey, f.confkey) as u (attnum, ref_attnum)
  join pg_attribute as a on a.attrelid = f.oid and a.attnum = u.attnum
  join pg_attribute as r on r.attrelid = f.confrelid and r.attnum = u.ref_attnum
  where a.atttypid <> r.atttypid
  union all
  -- Named like one table and its key, and of that key's type.
  select
    'foreign_key_missing',
    'low',
    format('%s.%s', c.name, c.column_name),
    format('It is named and typed like the key of %s, and nothing keeps it from naming a row that is not there.',
           r.name),
    jsonb_build_object('references', format('%s.%s', r.name, r.column_name)),
    format(
      case
        when c.is_partitioned then 'alter table %1$s add constraint %2$I foreign key (%3$s) references %4$s (%5$s);'
        else 'alter table %1$s add constraint %2$I foreign key (%3$s) references %4$s (%5$s) not valid; '
             'alter table %1$s validate constraint %2$I;'
      end,
      c.name, left(format('%s_%s_fkey', c.relname, c.attname), 63), c.column_name, r.name, r.column_name)
  from col as c
  cross join lateral (
    select r.name, r.column_name, count(*) over () as candidates
    from col as r
    join pg_constraint as k on k.conrelid = r.oid and k.contype = 'p' and k.conkey = array[r.attnum]
    where r.oid <> c.oid
      and r.atttypid = c.atttypid
      and r.attname in ('id', 'uuid', c.attname)
      and c.attname in (r.relname || '_id', regexp_replace(r.relname, 's$', '') || '_id',
                        regexp_replace(r.relname, 'es$', '') || '_id', regexp_replace(r.relname, 'ies$', 'y') || '_id')
  ) as r
  where r.candidates = 1
    and c.attname <> assess_keys.tenant_column
    and not exists (select from fk as f where f.oid = c.oid and c.attnum = any (f.conkey))
    and not exists (
      select
      from pg_constraint as k
      where k.conrelid = c.oid
        and k.contype = 'p'
        and k.conkey = array[c.attnum]
    )
  union all
  select
    'unique_key_allows_null',
    'low',
    format('%s.%I', t.name, x.relname),
    'Rows that are null in one of its columns are never the same to it, so such a row can be there twice.',
    jsonb_build_object('nullable', n.columns),
    case
      when k.oid is not null then
        format('alter table %s drop constraint %I, add constraint %2$I unique nulls not distinct (%s);', t.name,
               k.conname, l.columns)
      else
        format('create unique index %1$son %2$s (%3$s) nulls not distinct; drop index %1$s%4$s;',
               case when not t.is_partitioned then 'concurrently ' else '' end, t.name, l.columns,
               i.indexrelid::regclass)
    end
  from judged as t
  join pg_index as i on i.indrelid = t.oid
  join pg_class as x on x.oid = i.indexrelid
  left join pg_constraint as k on k.conindid = i.indexrelid and k.conrelid = t.oid and k.contype = 'u'
  cross join lateral (
    select string_agg(quote_ident(a.attname), ', ' order by u.position) as columns
    from unnest(i.indkey::int2[]) with ordinality as u (attnum, position)
    join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = u.attnum
  ) as l
  cross join lateral (
    select jsonb_agg(a.attname order by a.attname) as columns
    from pg_attribute as a
    where a.attrelid = t.oid
      and a.attnum = any (i.indkey::int2[])
      and not a.attnotnull
  ) as n
  where i.indisunique
    and not i.indnullsnotdistinct
    and not i.indisprimary
    and i.indnkeyatts > 1
    and i.indnkeyatts = i.indnatts
    and i.indpred is null
    and i.indexprs is null
    and n.columns is not null
    and not exists (select from pg_constraint as r where r.contype = 'f' and r.conindid = i.indexrelid)
    and not exists (
      select
      from pg_constraint as p
      where p.conrelid = t.oid
        and p.contype = 'p'
        and p.conkey <@ i.indkey::int2[]
    )
  union all
  -- A condition on the column, or its comment, says what null means there.
  select
    'default_and_null',
    'low',
    c.name,
    format('%s of its columns have a default, and yet take null from whoever says so.', count(*)),
    jsonb_build_object('columns', jsonb_agg(c.attname order by c.attnum)),
    format(
      'update %1$s set %2$s where %3$s; alter table %1$s %4$s;', c.name,
      string_agg(format('%1$s = coalesce(%1$s, %2$s)', c.column_name, c.default_value), ', ' order by c.attnum),
      string_agg(format('%s is null', c.column_name), ' or ' order by c.attnum),
      string_agg(format('alter column %s set not null', c.column_name), ', ' order by c.attnum))
  from col as c
  where not c.attnotnull
    and not c.is_explained
    and c.default_value ~* v_default
    and not exists (select from pg_type as y where y.oid = c.atttypid and y.typnotnull)
  group by c.name
  union all
  select
    'boolean_and_null',
    'low',
    format('%s.%s', c.name, c.column_name),
    'It has three values: a condition that is not true is not false either where it is null.',
    jsonb_build_object('default', c.default_value),
    format('update %1$s set %2$s = false where %2$s is null; '
           'alter table %1$s alter column %2$s set default false, alter column %2$s set not null;',
           c.name, c.column_name)
  from col as c
  where c.atttypid = 'boolean'::regtype
    and not c.attnotnull
    and not c.is_explained
    and c.default_value is null
  union all
  select
    'range_unchecked',
    'low',
    format('%s.%s', a.name, b.column_name),
    format('It can be before %s, where it begins.', a.column_name),
    jsonb_build_object('begins', a.attname, 'ends', b.attname),
    format('alter table %1$s add constraint %2$I check (%3$s <= %4$s) not valid; '
           'alter table %1$s validate constraint %2$I;',
           a.name, left(format('%s_%s_check', a.relname, b.attname), 63), a.column_name, b.column_name)
  from col as a
  join col as b on b.oid = a.oid and b.atttypid = a.atttypid
  where a.atttypid in ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype)
    and b.attname = case
      when a.attname ~ '^(start|begin)' then regexp_replace(
        regexp_replace(a.attname, '^start', 'end'), '^begin', 'end')
      when a.attname ~ '_from$' then regexp_replace(a.attname, '_from$', substring(b.attname from '_(?:until|to)$'))
      when a.attname ~ '_start$' then regexp_replace(a.attname, '_start$', '_end')
    end
    and not exists (
      select
      from pg_constraint as k
      where k.conrelid = a.oid
        and k.contype = 'c'
        and k.conkey @> array[a.attnum, b.attnum]
    )
  union all
  -- As the statistics have it: 1,000 rows at least, of which none was null and no two were the same.
  select
    'unique_key_missing',
    'low',
    format('%s.%s', c.name, c.column_name),
    'It is named like a key, and no two rows share a value, but they could.',
    jsonb_build_object('rows', c.reltuples::bigint),
    format('create unique index %son %s (%s);', case when not c.is_partitioned then 'concurrently ' else '' end,
           c.name, c.column_name)
  from col as c
  join pg_stats as s on s.schemaname = assess_keys.schema_name
                    and s.tablename = c.relname
                    and s.attname = c.attname
                    and s.inherited = c.is_partitioned
  where c.attname ~ '^(email|e_mail|slug|sku|isbn|iban|username|login)$|_(number|no|code|slug)$'
    and c.reltuples >= 1000
    and s.n_distinct = -1
    and s.null_frac = 0
    and not exists (
      select
      from pg_index as i
      where i.indrelid = c.oid
        and i.indisunique
        and c.attnum = any (i.indkey::int2[])
    )
  union all
  select
    'values_unchecked',
    'low',
    format('%s.%s', c.name, c.column_name),
    format('It has %s values in %s rows, and would take any other.', s.n_distinct, c.reltuples::bigint),
    jsonb_build_object('rows', c.reltuples::bigint, 'values', s.n_distinct),
    format('do %L;', format(
      $q$begin execute (select format('alter table %%s add check (%%s in (%%s))', %1$L, %2$L, $q$
        || $q$string_agg(distinct quote_literal(%2$s), ', ')) from %3$s); end$q$,
      c.name, c.column_name, c.name))
  from col as c
  join pg_stats as s on s.schemaname = assess_keys.schema_name
                    and s.tablename = c.relname
                    and s.attname = c.attname
                    and s.inherited = c.is_partitioned
  where c.atttypid in ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype)
    and c.attname ~ '(^|_)(status|state|type|kind|category|level|mode|role)$'
    and c.reltuples >= 1000
    and s.n_distinct between 1 and 12
    and not exists (
      select
      from pg_constraint as k
      where k.conrelid = c.oid
        and k.contype in ('c', 'f')
        and c.attnum = any (k.conkey)
    )
  union all
  select
    'trigger_disabled',
    case when g.tgisinternal then 'high' else 'medium' end,
    format('%s.%I', t.name, case when g.tgisinternal then k.conname else g.tgname end),
    case when g.tgisinternal then 'A foreign key that is not enforced: its trigger is disabled.'
         else 'It is there and does nothing.' end,
    jsonb_build_object('triggers', count(*)),
    case when g.tgisinternal then format('alter table %s enable trigger all;', g.tgrelid::regclass)
         else format('alter table %s enable trigger %I;', t.name, min(g.tgname)) end
  from judged as t
  join pg_trigger as g on g.tgrelid = t.oid
  left join pg_constraint as k on k.oid = g.tgconstraint
  where g.tgenabled = 'D'
  group by t.name, g.tgrelid, g.tgisinternal, case when g.tgisinternal then k.conname else g.tgname end;
end;
$$;

comment on function comply.assess_keys(text, text) is
  'Return what is missing or wrong about the keys and constraints of a schema: one row a finding, with the SQL that '
  'cures it. Part of comply.assess_schema().';

revoke execute on function comply.assess_keys(text, text) from public;
grant  execute on function comply.assess_keys(text, text) to comply_auditor, comply_admin, comply_operator;
