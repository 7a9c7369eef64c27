-- Those of tenants are for the tenant in context only: two tenants may name a framework alike.
create or replace function comply_private.mappings_at(at timestamptz, framework text default null)
returns table (
  tenant_id    text,
  framework_id text,
  version      text,
  control_id   text,
  source       text,
  source_id    text,
  coverage     text
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return query
  select m.tenant_id, m.framework_id, m.version, m.control_id, m.source, m.source_id, m.coverage
  from comply.all_mappings as m
  where m.valid_from <= mappings_at.at
    and (m.valid_until is null or m.valid_until > mappings_at.at)
    and (m.tenant_id is null or m.tenant_id = comply.current_tenant())
    and (mappings_at.framework is null or m.framework_id = mappings_at.framework)
  order by m.framework_id, m.version, m.control_id, m.source, m.source_id;
end;
$$;

comment on function comply_private.mappings_at(timestamptz, text) is
  'Return the mappings that were valid at a time, of a framework or of all: of every tenant and of the one in context.';

revoke execute on function comply_private.mappings_at(timestamptz, text) from public;
