-- Reads restores of every tenant, which callers may not, so it has the owner's rights.
create or replace function comply.sample_restores_drilled(sample_size integer, seed integer)
returns setof comply.sampled
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return query
  select
    r.tenant_id,
    r.id::text,
    r.restored_at,
    jsonb_strip_nulls(jsonb_build_object(
      'table', a.table_name,
      'archive_id', r.archive_id,
      'is_drill', r.is_drill,
      'rows', r.row_count,
      'erased', r.erased_count,
      'succeeded', r.problem is null,
      'restored_by', r.restored_by))
  from comply.restores as r
  join comply.archives as a on a.tenant_id = r.tenant_id and a.id = r.archive_id
  order by comply_private.sample_rank(r.id::text, sample_restores_drilled.seed), r.id
  limit sample_restores_drilled.sample_size;
end;
$$;

comment on function comply.sample_restores_drilled(integer, integer) is
  'Return restores and drills for an auditor to ask about; the same seed draws the same.';

revoke execute on function comply.sample_restores_drilled(integer, integer) from public;
grant  execute on function comply.sample_restores_drilled(integer, integer)
  to comply_auditor, comply_admin, comply_operator;
