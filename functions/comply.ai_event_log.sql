-- Runs with the caller's rights: each sees what policies show. What a detector did is an execution, what came
-- of it is a record of the same request, detector and model: together they are the event.
create or replace function comply.ai_event_log(
  from_time timestamptz,
  to_time   timestamptz,
  row_limit integer default 1000
)
returns table (
  record_id   uuid,
  started_at  timestamptz,
  ended_at    timestamptz,
  reference   text,
  match       text,
  labels      jsonb,
  confidence  double precision,
  verifier    text,
  verified_at timestamptz
)
language sql
stable
set row_security = on
begin atomic
  select
    r.id,
    x."timestamp",
    x."timestamp" + make_interval(secs => x.latency_ms / 1000),
    format('%s/%s, taxonomy %s', r.detector_type, r.model_version, r.taxonomy_version),
    r.source_data_hash,
    r.mapped_data -> 'labels',
    r.confidence_score,
    v.reviewer,
    v.reviewed_at
  from (
    select s.*
    from comply.storage_records as s
    where s."timestamp" >= ai_event_log.from_time
      and s."timestamp" < ai_event_log.to_time
    order by s."timestamp", s.id
    limit ai_event_log.row_limit
  ) as r
  left join lateral (
    select e."timestamp", e.latency_ms
    from comply.detector_executions as e
    where e.tenant_id = r.tenant_id
      and e.correlation_id = r.correlation_id
      and e.detector_type = r.detector_type
      and e.model_version = r.model_version
    order by e."timestamp" desc
    limit 1
  ) as x on true
  left join lateral (
    select d.reviewer, d.reviewed_at
    from comply.decision_reviews as d
    where d.tenant_id = r.tenant_id
      and d.record_id = r.id
    order by d.reviewed_at desc, d.id desc
    limit 1
  ) as v on true
  order by r."timestamp", r.id;
end;

comment on function comply.ai_event_log(timestamptz, timestamptz, integer) is
  'Return events of detectors as article 12(3) of the EU AI Act names their parts: when use began and ended, '
  'what was compared with what, what matched, and which person verified it; null: not on record.';

revoke execute on function comply.ai_event_log(timestamptz, timestamptz, integer) from public;
grant  execute on function comply.ai_event_log(timestamptz, timestamptz, integer)
  to comply_app, comply_reader, comply_admin;
