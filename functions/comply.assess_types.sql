-- Reads the catalog alone, with the caller's rights. A name tells what a column is meant to hold; where the planner's
-- statistics can be seen and say otherwise, nothing is found. None of their values is shown.
create or replace function comply.assess_types(schema_name text default 'comply')
returns table (rule text, severity text, subject text, finding text, evidence jsonb, cure text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set jit = off
as $$
#variable_conflict use_column
declare
  v_schema regnamespace := quote_ident(assess_types.schema_name)::regnamespace;
begin
  return query
  with col as materialized (
    select
      c.oid, c.relname, c.oid::regclass::text as name, a.attnum, a.attname, quote_ident(a.attname) as column_name,
      a.atttypid, format_type(a.atttypid, a.atttypmod) as type_name,
      pg_get_expr(e.adbin, e.adrelid) as default_value,
      a.atttypid in ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype) as is_text,
      a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) as is_integer,
      c.relkind = 'p' as is_partitioned
    from pg_class as c
    join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    left join pg_attrdef as e on e.adrelid = a.attrelid and e.adnum = a.attnum
    where c.relnamespace = v_schema
      and c.relkind in ('r', 'p')
      and not c.relispartition
      and a.attinhcount = 0
      and not exists (
        select
        from pg_depend as d
        where d.classid = 'pg_class'::regclass
          and d.objid = c.oid
          and d.deptype = 'e'
      )
  ),
  -- What it should be, how to get there from %1$s, and what every value then looks like.
  wish as (
    select 'timestamp_without_zone' as rule, 'medium' as severity, c.oid, c.attnum, 'timestamptz' as wanted,
           '%s at time zone ''UTC''' as way, null as shape,
           'It does not say of which zone its times are, so two sessions read two times.' as finding
    from col as c
    where c.atttypid = 'timestamp'::regtype
    union all
    select 'time_with_zone', 'low', c.oid, c.attnum, 'time', '%s::time', null,
           'A zone without a date says nothing where clocks change twice a year.'
    from col as c
    where c.atttypid = 'timetz'::regtype
    union all
    select 'money_type', 'medium', c.oid, c.attnum, 'numeric(19, 4)', '%s::numeric(19, 4)', null,
           'Its currency is a setting of the server, and so is what a text means that is put in.'
    from col as c
    where c.atttypid = 'money'::regtype
    union all
    select 'float_for_money', 'high', c.oid, c.attnum, 'numeric(19, 4)', '%s::numeric(19, 4)', null,
           'Sums of it are not what a person who adds them up finds.'
    from col as c
    where c.atttypid in ('float4'::regtype, 'float8'::regtype)
      and c.attname ~ '(^|_)(price|amount|cost|total|subtotal|balance|fee|salary|tax|payment|discount)$'
    union all
    select 'padded_type', 'low', c.oid, c.attnum, 'text', '%s::text', null,
           'It is filled up with spaces, which are stored, and compared otherwise than in text.'
    from col as c
    where c.atttypid = 'bpchar'::regtype
    union all
    select 'json_as_text', 'low', c.oid, c.attnum, 'jsonb', '%s::jsonb', null,
           'It is parsed for every question, has no equality and takes no index.'
    from col as c
    where c.atttypid = 'json'::regtype
    union all
    select 'time_as_text', 'medium', c.oid, c.attnum, 'timestamptz', '%s::timestamptz',
           '^\d{4}-\d\d-\d\d([ T]\d\d:\d\d.*)?$',
           'It takes what is no time, and sorts as text does.'
    from col as c
    where c.is_text
      and c.attname ~ '_(at|date|timestamp)$|^(date|created|updated|deleted|timestamp)$|^date_of_'
    union all
    select 'time_as_number', 'medium', c.oid, c.attnum, 'timestamptz', 'to_timestamp(%s)', null,
           'It takes what is no time; of four bytes it ends in 2038.'
    from col as c
    where c.is_integer
      and c.attname ~ '_at$'
    union all
    select 'uuid_as_text', 'medium', c.oid, c.attnum, 'uuid', '%s::uuid',
           '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
           'It takes 37 bytes for 16, in each index again, and knows two spellings of one value.'
    from col as c
    where c.is_text
      and c.attname ~ '(^|_)(uuid|guid)$'
    union all
    select 'boolean_as_other', 'low', c.oid, c.attnum, 'boolean',
           case when c.is_integer then '%s <> 0' else 'lower(%s) in (''1'', ''t'', ''true'', ''y'', ''yes'')' end,
           case when c.is_integer then '^[01]$' else '^([01tfynTFYN]|true|false|yes|no)$' end,
           'It takes values beside true and false.'
    from col as c
    where (c.is_text or c.is_integer)
      and c.attname ~ '^(is|has|can|allow|allows)_|_flag$'
    union all
    select 'number_as_text', 'medium', c.oid, c.attnum, 'numeric', '%s::numeric', '^\s*-?\d+(\.\d+)?\s*$',
           'It takes what is no number, and 10 comes before 9.'
    from col as c
    where c.is_text
      and c.attname ~ '(^|_)(price|amount|cost|total|quantity|qty|balance|count|weight)$'
    union all
    select 'address_as_text', 'low', c.oid, c.attnum, 'inet', '%s::inet', '^[0-9a-fA-F:.]+(/\d+)?$',
           'It takes what is no address, and knows no networks.'
    from col as c
    where c.is_text
      and c.attname ~ '(^|_)ip(_addr|_address)?$'
    union all
    select 'document_as_text', 'medium', c.oid, c.attnum, 'jsonb', '%s::jsonb', '^\s*[\[{"].*',
           'It takes what is no document.'
    from col as c
    where c.is_text
      and c.attname ~ '_json$|^json$'
    union all
    select 'numeric_key', 'medium', c.oid, c.attnum, 'bigint', '%s::bigint', '^-?\d+$',
           'Its length varies and each comparison costs several times that of bigint, in every join.'
    from col as c
    where c.atttypid = 'numeric'::regtype
      and exists (
        select
        from pg_constraint as k
        where k.conrelid = c.oid
          and k.contype = 'p'
          and k.conkey = array[c.attnum]
      )
  ),
  seen as (
    select w.*, s.values_seen, s.values_fitting
    from wish as w
    join col as c on c.oid = w.oid and c.attnum = w.attnum
    left join lateral (
      select count(*) as values_seen, count(*) filter (where v.value ~ w.shape) as values_fitting
      from pg_stats as s
      cross join lateral unnest(
        coalesce(s.most_common_vals::text::text[], '{}') || coalesce(s.histogram_bounds::text::text[], '{}'))
        as v (value)
      where w.shape is not null
        and s.schemaname = assess_types.schema_name
        and s.tablename = c.relname
        and s.attname = c.attname
        and s.inherited = c.is_partitioned
    ) as s on true
  ),
  -- A foreign key keeps its columns from changing their types one by one.
  tied as (
    select
      f.confrelid as oid,
      f.confkey[1] as attnum,
      string_agg(format('alter table %s drop constraint %I; ', f.conrelid::regclass, f.conname), '' order by f.oid)
        as untie,
      string_agg(
        replace(format('alter table %s alter column %I type ', f.conrelid::regclass, a.attname), '%', '%%') || '%1$s; '
        || replace(format('alter table %s add constraint %I %s; ', f.conrelid::regclass, f.conname,
                          pg_get_constraintdef(f.oid)), '%', '%%'), '' order by f.oid) as tie
    from pg_constraint as f
    join pg_attribute as a on a.attrelid = f.conrelid and a.attnum = f.conkey[1]
    where f.contype = 'f'
      and cardinality(f.conkey) = 1
      and f.conparentid = 0
    group by f.confrelid, f.confkey[1]
  )
  select
    w.rule,
    w.severity,
    format('%s.%s', c.name, c.column_name),
    w.finding,
    jsonb_strip_nulls(jsonb_build_object(
      'type', c.type_name, 'better', w.wanted, 'sampled', nullif(w.values_seen, 0))),
    case when w.rule = 'numeric_key' then coalesce(k.untie, '') else '' end
      || format('alter table %s %salter column %s type %s using %s%s;', c.name,
                case when c.default_value is not null then format('alter column %s drop default, ', c.column_name) end,
                c.column_name, w.wanted, format(w.way, c.column_name),
                case when c.default_value is not null then
                  format(', alter column %s set default %s', c.column_name,
                         case when c.default_value ~* '^(now\(\)|current_|nextval\()' then c.default_value
                              else format(w.way, format('(%s)', c.default_value)) end)
                end)
      || case when w.rule = 'numeric_key' then coalesce(' ' || rtrim(format(k.tie, w.wanted)), '') else '' end
  from seen as w
  join col as c on c.oid = w.oid and c.attnum = w.attnum
  left join tied as k on k.oid = c.oid and k.attnum = c.attnum
  where coalesce(w.values_seen = w.values_fitting, true)
    and coalesce(substring(c.default_value from '^''(.*)''::') ~ w.shape, true);
end;
$$;

comment on function comply.assess_types(text) is
  'Return the columns of a schema whose types are wrong or wide for what they hold: one row a finding, with the SQL '
  'that cures it. Part of comply.assess_schema().';

revoke execute on function comply.assess_types(text) from public;
grant  execute on function comply.assess_types(text) to comply_auditor, comply_admin, comply_operator;
