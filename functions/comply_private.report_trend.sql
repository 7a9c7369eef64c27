-- Thirty runs at most, the last of each step, so that a year of hourly runs is not read.
create or replace function comply_private.report_trend(
  framework   text,
  period_from timestamptz,
  period_to   timestamptz,
  tenant      text default null
)
returns jsonb
language sql
stable
set row_security = on
begin atomic
  with run as (
    select distinct on (s.step) r.id, r.started_at
    from comply_private.report_runs(
      report_trend.framework, report_trend.period_from, report_trend.period_to, report_trend.tenant) as r
    cross join lateral (
      select width_bucket(
        extract(epoch from r.started_at),
        extract(epoch from report_trend.period_from),
        extract(epoch from report_trend.period_to),
        30) as step
    ) as s
    order by s.step, r.started_at desc, r.id desc
  ),
  -- Findings of a check bear on the same controls, so they are counted before those are told apart.
  found as materialized (
    select
      r.id,
      r.started_at,
      f.control_ids,
      count(*) filter (where f.status in ('fail', 'error') and f.exception_id is null) as failed,
      count(*) filter (where f.status = 'manual' and f.exception_id is null) as manual,
      count(*) filter (where f.exception_id is not null) as accepted,
      count(*) filter (where f.status = 'pass') as passed,
      count(*) filter (where f.status = 'na') as na
    from run as r
    cross join lateral comply_private.framework_findings(report_trend.framework, r.id, report_trend.tenant) as f
    group by r.id, r.started_at, f.control_ids
  ),
  judged as (
    select
      f.id,
      f.started_at,
      u.control_id,
      comply_private.control_status(
        sum(f.failed)::bigint, sum(f.manual)::bigint, sum(f.accepted)::bigint, sum(f.passed)::bigint,
        sum(f.na)::bigint) as status
    from found as f
    cross join lateral unnest(f.control_ids) as u (control_id)
    group by f.id, f.started_at, u.control_id
  )
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'run_id', t.id,
        'at', t.started_at,
        'satisfied', t.satisfied,
        'accepted', t.accepted,
        'review', t.review,
        'not_satisfied', t.not_satisfied,
        'not_applicable', t.not_applicable)
      order by t.started_at, t.id),
    '[]')
  from (
    select
      j.id,
      j.started_at,
      count(*) filter (where j.status = 'satisfied') as satisfied,
      count(*) filter (where j.status = 'accepted') as accepted,
      count(*) filter (where j.status = 'review') as review,
      count(*) filter (where j.status = 'not_satisfied') as not_satisfied,
      count(*) filter (where j.status = 'not_applicable') as not_applicable
    from judged as j
    group by j.id, j.started_at
  ) as t;
end;

comment on function comply_private.report_trend(text, timestamptz, timestamptz, text) is
  'Return how many controls of a framework had which status in each of the runs of a period, thirty at most.';

revoke execute on function comply_private.report_trend(text, timestamptz, timestamptz, text) from public;
