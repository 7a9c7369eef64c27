-- What constraints cannot say, because it is in other tables: detectors and labels that are spelled wrong would
-- let through, or map to nothing, in silence.
create or replace function comply_private.tg_tenant_configs__check_names()
returns trigger
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_bad text;
begin
  select n.name
  into v_bad
  from (
    select unnest(new.detectors_allowed)
    union all
    select unnest(new.detectors_denied)
    union all
    select jsonb_object_keys(new.taxonomy_overrides)
  ) as n (name)
  where not exists (select from comply.detectors as d where d.detector_type = n.name)
  limit 1;

  if found then
    raise exception 'detector % is unknown', quote_literal(v_bad)
      using errcode = 'PC102', table = 'tenant_configs', constraint = 'tenant_configs_detectors_known',
            hint    = 'comply.detectors lists the detectors whose results are taken.';
  end if;

  select format('%s: %s', o.detector, coalesce(m.label, 'null'))
  into v_bad
  from jsonb_each(new.taxonomy_overrides) as o (detector, mapping)
  left join lateral jsonb_each_text(
    case jsonb_typeof(o.mapping) when 'object' then o.mapping else '{"": ""}' end) as m (name, label) on true
  where m.name is not null
    and not exists (select from comply.taxonomy_labels as t where t.label = m.label)
  limit 1;

  if found then
    raise exception 'override % names no label of the taxonomy', quote_literal(v_bad)
      using errcode = 'PC101', table = 'tenant_configs', constraint = 'tenant_configs_overrides_known',
            hint    = 'Write {"detector": {"its label": "LABEL"}}, LABEL as comply.taxonomy_labels lists them.';
  end if;

  return null;
end;
$$;

comment on function comply_private.tg_tenant_configs__check_names() is
  'Trigger: refuse settings that name unknown detectors or labels. Raises PC101, PC102.';

revoke execute on function comply_private.tg_tenant_configs__check_names() from public;
