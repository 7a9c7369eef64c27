-- Reads archives of every tenant, which callers may not, so it has the owner's rights. Hashes again those of
-- the sample that are kept in the database.
create or replace function comply.sample_archives_whole(sample_size integer, seed integer)
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
    a.tenant_id,
    a.id::text,
    a.archived_at,
    jsonb_strip_nulls(jsonb_build_object(
      'table', a.table_name,
      'covers_from', a.covers_from,
      'covers_until', a.covers_until,
      'rows', a.row_count,
      'sink', a.sink,
      'object', a.object_name,
      'object_hash', encode(a.object_hash, 'hex'),
      'content_hash', encode(a.content_hash, 'hex'),
      'verified_by', a.verified_by,
      'verified_at', a.verified_at,
      'is_whole', case when a.sink = 'table' then (
        select (h.object_hash, h.object_bytes) is not distinct from (a.object_hash, a.object_bytes)
        from comply_private.chunks_hash(a.tenant_id, a.id) as h
      ) end))
  from (
    select k.*
    from comply.archives as k
    where k.purged_at is null
    order by comply_private.sample_rank(k.id::text, sample_archives_whole.seed), k.id
    limit sample_archives_whole.sample_size
  ) as a;
end;
$$;

comment on function comply.sample_archives_whole(integer, integer) is
  'Return archives for an auditor to fetch and to hash; the same seed draws the same.';

revoke execute on function comply.sample_archives_whole(integer, integer) from public;
grant  execute on function comply.sample_archives_whole(integer, integer)
  to comply_auditor, comply_admin, comply_operator;
