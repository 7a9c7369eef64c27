-- Reads holds of every tenant, which some callers may not, so it has the owner's rights.
create or replace function comply.sample_holds_respected(sample_size integer, seed integer)
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
    h.tenant_id,
    h.id::text,
    h.placed_at,
    jsonb_strip_nulls(jsonb_build_object(
      'matter', h.matter,
      'covers_from', h.covers_from,
      'covers_until', h.covers_until,
      'placed_by', h.placed_by,
      'released_by', h.released_by,
      'released_at', h.released_at))
  from comply.legal_holds as h
  order by comply_private.sample_rank(h.id::text, sample_holds_respected.seed), h.id
  limit sample_holds_respected.sample_size;
end;
$$;

comment on function comply.sample_holds_respected(integer, integer) is
  'Return holds for an auditor to compare with what legal counsel ordered; the same seed draws the same.';

revoke execute on function comply.sample_holds_respected(integer, integer) from public;
grant  execute on function comply.sample_holds_respected(integer, integer)
  to comply_auditor, comply_admin, comply_operator;
