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
  excepted as (
    select distinct e.check_id
    from comply.finding_exceptions as e
  ),
  -- A control's status is decided by whether there is a finding, not by how many there are: one probe of an index each,
  -- so that what a thousand tenants pass is not read. All that a check finds in a run bears on the same controls.
  found as materialized (
    select
      r.id,
      r.started_at,
      s.status,
      array(
        select u.control_id
        from unnest(f.frameworks, f.control_ids) as u (framework_id, control_id)
        where u.framework_id = report_trend.framework
      ) as control_ids,
      x.check_id is not null and (
        select count(*)
        from comply.finding_exceptions as e
        join comply.findings as n
          on n.tenant_id = e.tenant_id
         and n.run_id = r.id
         and n.check_id = c.check_id
         and n.status = s.status
        where e.check_id = c.check_id
          and (report_trend.tenant is null or e.tenant_id in (report_trend.tenant, '_system'))
          and (e.subject is null or e.subject = n.subject)
          and n.collected_at >= e.accepted_at
          and n.collected_at < least(e.ends_at, e.withdrawn_at)
      ) > 0 as is_accepted,
      -- A scalar, as PostgreSQL may answer EXISTS from a hash of all findings there are.
      x.check_id is null or (
        select true
        from comply.findings as n
        where n.run_id = r.id
          and n.check_id = c.check_id
          and n.status = s.status
          and (report_trend.tenant is null or n.tenant_id in (report_trend.tenant, '_system'))
          and not exists (
            select
            from comply.finding_exceptions as e
            where e.tenant_id = n.tenant_id
              and e.check_id = n.check_id
              and (e.subject is null or e.subject = n.subject)
              and n.collected_at >= e.accepted_at
              and n.collected_at < least(e.ends_at, e.withdrawn_at)
          )
        limit 1
      ) is not null as is_open
    from run as r
    cross join comply.checks as c
    cross join unnest(array['pass', 'na', 'fail', 'error', 'manual']) as s (status)
    left join excepted as x on x.check_id = c.check_id and s.status in ('fail', 'error', 'manual')
    cross join lateral (
      (
        select n.frameworks, n.control_ids
        from comply.findings as n
        where report_trend.tenant is null
          and n.run_id = r.id
          and n.check_id = c.check_id
          and n.status = s.status
        limit 1
      )
      union all
      (
        select n.frameworks, n.control_ids
        from comply.findings as n
        where report_trend.tenant is not null
          and n.run_id = r.id
          and n.check_id = c.check_id
          and n.status = s.status
          and n.tenant_id = any (array[report_trend.tenant, '_system'])
        limit 1
      )
    ) as f
    where report_trend.framework = any (f.frameworks)
  ),
  judged as (
    select
      f.id,
      f.started_at,
      u.control_id,
      comply_private.control_status(
        count(*) filter (where f.status in ('fail', 'error') and f.is_open),
        count(*) filter (where f.status = 'manual' and f.is_open),
        count(*) filter (where f.is_accepted),
        count(*) filter (where f.status = 'pass'),
        count(*) filter (where f.status = 'na')) as status
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
