-- Looks at rows of tenants, which callers may not all see, so it has the owner's rights; it tells keys and
-- times of them.
create or replace function comply.sample_ai_events_complete(sample_size integer, seed integer)
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
    jsonb_build_object(
      'detector', r.detector_type, 'model', r.model_version, 'taxonomy', r.taxonomy_version,
      'started_at', x.started_at, 'ended_at', x.ended_at,
      'verified', exists (
        select
        from comply.decision_reviews as v
        where v.tenant_id = r.tenant_id
          and v.record_id = r.id
      ))
  from (
    select t.*
    from comply.storage_records as t
    where t."timestamp" >= comply.now() - interval '90 days'
      and t."timestamp" <= comply.now()
    order by comply_private.sample_rank(t.id::text, sample_ai_events_complete.seed)
    limit sample_ai_events_complete.sample_size
  ) as r
  left join lateral (
    select e."timestamp" as started_at, e."timestamp" + make_interval(secs => e.latency_ms / 1000) as ended_at
    from comply.detector_executions as e
    where e.tenant_id = r.tenant_id
      and e.correlation_id = r.correlation_id
      and e.detector_type = r.detector_type
      and e.model_version = r.model_version
    order by e."timestamp" desc
    limit 1
  ) as x on true
  order by comply_private.sample_rank(r.id::text, sample_ai_events_complete.seed);
end;
$$;

comment on function comply.sample_ai_events_complete(integer, integer) is
  'Draw so many records of the last 90 days, with when the use began and ended and what judged. The same '
  'seed draws the same.';

revoke execute on function comply.sample_ai_events_complete(integer, integer) from public;
grant  execute on function comply.sample_ai_events_complete(integer, integer)
  to comply_auditor, comply_admin, comply_operator;
