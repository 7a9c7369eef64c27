create or replace function comply_private.framework_problem(definition jsonb)
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_problem text;
begin
  -- Each part only where those before it are as they should be, or it would fail on them.
  v_problem := case
    when jsonb_typeof(definition) is distinct from 'object' then 'a definition is an object'
    when not coalesce(definition ->> 'framework_id' ~ '^[a-z0-9][a-z0-9-]{0,62}$', false)
      then 'framework_id is 1 to 63 characters, a-z, 0-9 and -, the first a-z or 0-9'
    when not coalesce(definition ->> 'version' ~ '^\S.{0,62}$', false) then 'version is 1 to 63 characters'
    when not coalesce(definition ->> 'title' ~ '\S', false) then 'title is missing'
    when definition ->> 'valid_from' !~ '^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?))$'
      then 'valid_from is a time with its zone'
    when jsonb_typeof(definition -> 'controls') is distinct from 'array' then 'controls is an array'
    when jsonb_array_length(definition -> 'controls') not between 1 and 2000 then 'controls are 1 to 2000'
    when jsonb_typeof(coalesce(definition -> 'mappings', '[]')) <> 'array' then 'mappings is an array'
    when jsonb_array_length(coalesce(definition -> 'mappings', '[]')) > 10000 then 'mappings are at most 10000'
  end;

  if v_problem is not null then
    return v_problem;
  end if;

  select format('control %s: %s', quote_nullable(left(c.control_id, 63)), p.problem)
  into v_problem
  from (
    select
      e.control ->> 'control_id' as control_id,
      e.control ->> 'title' as title,
      e.n,
      row_number() over (partition by e.control ->> 'control_id' order by e.n) as times
    from jsonb_array_elements(definition -> 'controls') with ordinality as e (control, n)
  ) as c
  cross join lateral (
    select case
      when not coalesce(c.control_id ~ '^\S(.{0,61}\S)?$', false) then 'control_id is 1 to 63 characters'
      when not coalesce(c.title ~ '\S', false) then 'title is missing'
      when c.times > 1 then 'it is there twice'
    end
  ) as p (problem)
  where p.problem is not null
  order by c.n
  limit 1;

  if v_problem is not null then
    return v_problem;
  end if;

  select format('mapping of %s: %s', quote_nullable(left(m.control_id, 63)), p.problem)
  into v_problem
  from (
    select
      e.mapping ->> 'control_id' as control_id,
      e.mapping ->> 'check' as check_id,
      e.mapping ->> 'label' as label,
      e.mapping ->> 'coverage' as coverage,
      e.n,
      row_number() over (
        partition by e.mapping ->> 'control_id', e.mapping ->> 'check', e.mapping ->> 'label' order by e.n) as times
    from jsonb_array_elements(coalesce(definition -> 'mappings', '[]')) with ordinality as e (mapping, n)
  ) as m
  left join (
    select distinct e.control ->> 'control_id' as control_id
    from jsonb_array_elements(definition -> 'controls') as e (control)
  ) as c on c.control_id = m.control_id
  cross join lateral (
    select case
      when c.control_id is null then 'there is no such control'
      when not coalesce(m.coverage in ('full', 'partial', 'supports'), false)
        then 'coverage is full, partial or supports'
      when (m.check_id is null) = (m.label is null) then 'it names a check or a label'
      when m.check_id is not null and not exists (select from comply.checks as k where k.check_id = m.check_id)
        then format('there is no check %s', quote_literal(left(m.check_id, 63)))
      when m.label is not null
           and not exists (
             select
             from comply.taxonomy_labels as l
             where l.label = m.label
                or starts_with(l.label, m.label || '.')
           )
        then format('there is no label %s', quote_literal(left(m.label, 63)))
      when m.times > 1 then 'it is there twice'
    end
  ) as p (problem)
  where p.problem is not null
  order by m.n
  limit 1;

  return v_problem;
end;
$$;

comment on function comply_private.framework_problem(jsonb) is
  'Return what is wrong with the definition of a framework; null: nothing.';

revoke execute on function comply_private.framework_problem(jsonb) from public;
