-- Names the tenant itself and has the owner's rights, because policies would be asked again in each partition
-- for each text. The plan is never kept: one that was made while a partition was empty would be wrong once a
-- load has filled it, and so would be a sequential scan, which looks cheap until then. Volatile, because a
-- verbose tenant's question leaves a row in the access log.
create or replace function comply.recorded_hashes(
  source_data_hashes text[],
  detector_type      text,
  model_version      text
)
returns setof text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_tenant text := comply.require_tenant();
begin
  perform comply_private.note_read('storage_records');

  return query
  select h.source_data_hash
  from unnest(recorded_hashes.source_data_hashes) as h (source_data_hash)
  where exists (
    select
    from comply.storage_records as r
    where r.tenant_id = v_tenant
      and r.source_data_hash = h.source_data_hash
      -- Not by =, which would offer the indexes that begin with tenant_id and one of these.
      and r.detector_type is not distinct from recorded_hashes.detector_type
      and r.model_version is not distinct from recorded_hashes.model_version
    offset 0
  );
end;
$$;

comment on function comply.recorded_hashes(text[], text, text) is
  'Return which of some texts the tenant has a record of by this detector and model. Raises PC004.';

revoke execute on function comply.recorded_hashes(text[], text, text) from public;
grant  execute on function comply.recorded_hashes(text[], text, text)
  to comply_app, comply_reader, comply_admin;
