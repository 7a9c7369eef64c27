-- Looks at rows of tenants, which callers may not all see, so it has the owner's rights; it tells keys and
-- times of them.
create or replace function comply.sample_decisions_overseen(sample_size integer, seed integer)
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
    r."timestamp",
    (
      select jsonb_build_object(
        'reviews', count(*), 'decisions', coalesce(jsonb_agg(d.decision order by d.reviewed_at), '[]'),
        'last_reviewed_at', max(d.reviewed_at))
      from comply.decision_reviews as d
      where d.tenant_id = r.tenant_id
        and d.record_id = r.id
    )
  from comply.storage_records as r
  where r."timestamp" >= comply.now() - interval '120 days'
    and r."timestamp" <= comply.now()
    and r.mapped_data -> 'labels' ? 'OTHER.NeedsReview'
  order by comply_private.sample_rank(r.id::text, sample_decisions_overseen.seed)
  limit sample_decisions_overseen.sample_size;
end;
$$;

comment on function comply.sample_decisions_overseen(integer, integer) is
  'Draw so many records that a detector left to a person, of the last 120 days, with who reviewed them when. '
  'The same seed draws the same.';

revoke execute on function comply.sample_decisions_overseen(integer, integer) from public;
grant  execute on function comply.sample_decisions_overseen(integer, integer)
  to comply_auditor, comply_admin, comply_operator;
