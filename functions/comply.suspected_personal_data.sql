-- Reads values of all tenants, which callers may not all, so it has the owner's rights; it shows none of
-- them, only how many of a sample look like what. Pages are drawn by the seed, and of their rows those that
-- stand first: the same seed draws the same, until rows move. Volatile, as it leaves rows in the access log
-- while a tenant is verbose.
create or replace function comply.suspected_personal_data(sample_size integer default 100, seed integer default 0)
returns table (
  table_name     text,
  column_name    text,
  classification text,
  kind           text,
  reason         text,
  matched        bigint,
  sampled        bigint,
  confidence     double precision
)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
#variable_conflict use_column
declare
  v_table record;
begin
  if suspected_personal_data.sample_size is null
     or suspected_personal_data.sample_size not between 1 and 100000
     or suspected_personal_data.seed is null
  then
    raise exception 'a sample of % by seed % cannot be drawn',
      suspected_personal_data.sample_size, suspected_personal_data.seed
      using errcode = 'PC618',
            hint    = 'Pass a size of 1 to 100,000, and a seed.';
  end if;

  -- What nobody has looked at is judged by its name as well; what somebody has, by its values alone.
  return query
  select
    u.table_name, u.column_name, l.classification, p.kind, 'name', null::bigint, null::bigint,
    0.4::double precision
  from comply.unclassified_columns() as u
  left join comply.column_labels as l on l.table_name = u.table_name and l.column_name = u.column_name
  join comply_private.personal_patterns() as p on u.column_name ~ p.name_pattern
  where u.data_type is not null
    and l.subject_kind is null;

  for v_table in
    select
      c.oid::regclass as relation,
      c.relname::text as name,
      string_agg(format('(%1$L, r.%1$I::text)', a.attname), ', ' order by a.attnum) as columns,
      (
        select sum(greatest(k.reltuples, 0))
        from pg_partition_tree(c.oid) as t
        join pg_class as k on k.oid = t.relid
        where t.isleaf
      ) as rows
    from pg_class as c
    join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    -- Texts of any length, lists and domains of them, addresses and documents.
    join pg_type as y on y.oid = a.atttypid
    left join pg_type as e on e.oid = y.typelem and y.typcategory = 'A'
    left join comply.column_labels as l on l.table_name = c.relname and l.column_name = a.attname
    where c.relnamespace = 'comply'::regnamespace
      and c.relkind in ('r', 'p')
      and not c.relispartition
      and (
        coalesce(e.typcategory, y.typcategory) in ('S', 'I')
        or coalesce(nullif(y.typbasetype, 0), y.oid) in ('json'::regtype, 'jsonb'::regtype, 'xml'::regtype)
      )
      and coalesce(l.classification, 'internal') in ('public', 'internal')
      and l.subject_kind is null
    group by c.oid
    order by c.relname
  loop
    perform comply_private.note_staff_read(v_table.name);

    return query execute format(
      $q$
        with drawn as materialized (
          select r.*
          from %1$s as r tablesample system ($3) repeatable ($2)
          order by comply_private.sample_rank(r.ctid::text || r.tableoid, $2)
          limit $1
        ),
        value as materialized (
          select
            row_number() over () as n,
            c.name,
            regexp_replace(left(c.value, 10000), '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '', 'g') as value
          from drawn as r
          cross join lateral (values %2$s) as c (name, value)
          where c.value is not null
        )
        select
          $4, s.name, l.classification, s.kind, 'values', s.matched, s.sampled,
          (0.5 + 0.5 * s.matched / s.sampled)::double precision
        from (
          select
            v.name,
            p.kind,
            count(distinct v.n) as matched,
            (select count(*) from value as n where n.name = v.name) as sampled
          from value as v
          join comply_private.personal_patterns() as p on v.value ~ p.value_pattern
          where exists (
            select
            from regexp_matches(v.value, format('(%%s)', p.value_pattern), 'g') as m
            where comply_private.has_check_digit(p.kind, m[1])
          )
          group by v.name, p.kind
        ) as s
        left join comply.column_labels as l on l.table_name = $4 and l.column_name = s.name
        order by s.name, s.kind
      $q$,
      v_table.relation, v_table.columns)
    using suspected_personal_data.sample_size, suspected_personal_data.seed,
          least(100, 2000.0 * suspected_personal_data.sample_size / greatest(v_table.rows, 1)), v_table.name;
  end loop;
end;
$$;

comment on function comply.suspected_personal_data(integer, integer) is
  'Return columns labelled public, internal or not at all that seem to have personal data, by their name or '
  'by the values of a seeded sample of rows, with how many of them look so; never a value. Raises PC618.';

revoke execute on function comply.suspected_personal_data(integer, integer) from public;
grant  execute on function comply.suspected_personal_data(integer, integer) to comply_auditor, comply_admin;
