-- What a refresh has added up, or, where a day has begun that none has seen, the days themselves: of the two, a plan
-- runs one. Nobody enters comply_private, but whoever may read what a view is over needs not to. Workers take longer to
-- start than there is to read; a view sets nothing, so what keeps them away is a function that none of them may call.
-- The clock is in a sub-select where each row would read it, but not where it tells a plan how few days are asked for.
create or replace view comply.last_seven_days
with (security_invoker = true, security_barrier = true)
as
select
  s.tenant_id,
  s.detector_type,
  s.model_version,
  s.records,
  s.flagged,
  round(s.confidence_sum / nullif(s.scored, 0), 6) as mean_confidence,
  s.confidence_min,
  s.confidence_max,
  s.last_day
from comply_private.last_seven_days as s
where s.first_day = (select (comply.now() at time zone 'UTC')::date - 6)
  and pg_trigger_depth() is not null
union all
select
  r.tenant_id,
  r.detector_type,
  r.model_version,
  sum(r.records)::bigint,
  sum(r.flagged)::bigint,
  round(sum(r.confidence_sum) / nullif(sum(r.scored), 0), 6),
  min(r.confidence_min),
  max(r.confidence_max),
  max(r.day)
from comply_private.daily_rollups as r
where r.day > (comply.now() at time zone 'UTC')::date - 7
  and pg_trigger_depth() is not null
  and not exists (
    select
    from comply_private.last_seven_days as s
    where s.first_day = (comply.now() at time zone 'UTC')::date - 6
  )
group by r.tenant_id, r.detector_type, r.model_version;

comment on view comply.last_seven_days is
  'One row a tenant, detector and model: what it found in the last seven days, UTC, with today.';

revoke all on comply.last_seven_days
  from public, comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
grant select on comply.last_seven_days
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin;
