-- Containment is not leakproof, so row level security keeps it off its index: this function looks with the
-- owner's rights and names the tenant itself. Planned anew for each call: a plan for any time range and any
-- metadata takes the range for narrow and may leave the index of the metadata aside. Volatile, because
-- a verbose tenant's search leaves a row in the access log.
create or replace function comply.search_records(
  contains   jsonb,
  since      timestamptz default '-infinity',
  before     timestamptz default 'infinity',
  row_limit  integer     default 100
)
returns setof comply.storage_records
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
  v_tenant text := comply.require_tenant();
begin
  perform comply_private.note_read('storage_records');

  return query
  select r.*
  from comply.storage_records as r
  where r.tenant_id = v_tenant
    and r.metadata @> search_records.contains
    and r."timestamp" >= search_records.since
    and r."timestamp" < search_records.before
  order by r."timestamp" desc, r.id desc
  limit search_records.row_limit;
end;
$$;

comment on function comply.search_records(jsonb, timestamptz, timestamptz, integer) is
  'Return the tenant''s records whose metadata contain an object, the latest first. Raises PC004.';

revoke execute on function comply.search_records(jsonb, timestamptz, timestamptz, integer) from public;
grant  execute on function comply.search_records(jsonb, timestamptz, timestamptz, integer)
  to comply_app, comply_reader, comply_admin;
