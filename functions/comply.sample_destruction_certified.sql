-- Reads certificates of every tenant, which some callers may not, so it has the owner's rights; it shows keys
-- and names.
create or replace function comply.sample_destruction_certified(sample_size integer, seed integer)
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
    d.tenant_id,
    d.id::text,
    d.destroyed_at,
    jsonb_strip_nulls(jsonb_build_object(
      'table', d.table_name,
      'covers_from', d.covers_from,
      'covers_until', d.covers_until,
      'rows', d.rows_destroyed,
      'content_hash', encode(d.content_hash, 'hex'),
      'verdict', d.verdict,
      'rule', d.rule,
      'item_id', d.item_id,
      'archive_ids', d.archive_ids,
      'planned_by', d.planned_by,
      'approved_by', d.approved_by,
      'executed_by', d.executed_by,
      'hold_checked_at', d.hold_checked_at))
  from comply.destruction_certificates as d
  order by comply_private.sample_rank(d.id::text, sample_destruction_certified.seed), d.id
  limit sample_destruction_certified.sample_size;
end;
$$;

comment on function comply.sample_destruction_certified(integer, integer) is
  'Return certificates for an auditor to trace to plan, approval and archive; the same seed draws the same.';

revoke execute on function comply.sample_destruction_certified(integer, integer) from public;
grant  execute on function comply.sample_destruction_certified(integer, integer)
  to comply_auditor, comply_admin, comply_operator;
