-- A rule that a reader can check with the figures beside it, and no score: high is an open failure of high or critical
-- severity that concerns the tenant; medium is any other open failure, or twice the share of flagged records of all:
-- of all tenants, also in a report on one, whose risk is the same in both.
create or replace function comply_private.report_tenants(
  framework   text,
  run         uuid,
  period_from timestamptz,
  period_to   timestamptz,
  tenant      text default null
)
returns jsonb
language sql
stable
set row_security = on
begin atomic
  with detected as materialized (
    select r.tenant_id, r.records::numeric, r.flagged::numeric
    from comply_private.period_tenants(
      report_tenants.period_from, report_tenants.period_to, report_tenants.tenant) as r
  ),
  whole as materialized (
    select sum(r.flagged) / nullif(sum(r.records), 0) as flagged_share
    from comply_private.period_records(report_tenants.period_from, report_tenants.period_to) as r
  ),
  found as (
    select
      f.tenant_id,
      count(*) filter (where f.exception_id is null and f.severity in ('critical', 'high')) as severe,
      count(*) filter (where f.exception_id is null and f.severity not in ('critical', 'high')) as lesser,
      count(*) filter (where f.exception_id is not null) as accepted
    from comply_private.framework_findings(
      report_tenants.framework, report_tenants.run, report_tenants.tenant) as f
    where f.status in ('fail', 'error')
    group by f.tenant_id
  ),
  denied as (
    select e.tenant_id, count(*) as denials
    from comply.security_events as e
    where e."timestamp" >= report_tenants.period_from
      and e."timestamp" < report_tenants.period_to
    group by e.tenant_id
  ),
  figure as (
    select
      c.tenant_id,
      c.display_name,
      coalesce(d.records, 0) as records,
      coalesce(d.flagged, 0) as flagged,
      round(coalesce(d.flagged / nullif(d.records, 0), 0), 4) as flagged_share,
      coalesce(f.severe, 0) as severe_failures,
      coalesce(f.lesser, 0) as other_failures,
      coalesce(f.accepted, 0) as accepted,
      coalesce(n.denials, 0) as denials,
      d.flagged / nullif(d.records, 0) >= 2 * (select w.flagged_share from whole as w) and d.flagged >= 10 as is_exposed
    from comply.tenant_configs as c
    left join detected as d on d.tenant_id = c.tenant_id
    left join found as f on f.tenant_id = c.tenant_id
    left join denied as n on n.tenant_id = c.tenant_id
    where report_tenants.tenant is null
       or c.tenant_id = report_tenants.tenant
  )
  select coalesce(
    jsonb_agg(
      to_jsonb(r) - 'is_exposed' - 'rank'
      order by r.rank, r.severe_failures desc, r.other_failures desc, r.flagged_share desc, r.tenant_id),
    '[]')
  from (
    select
      f.*,
      k.rank,
      (array['high', 'medium', 'low'])[k.rank] as risk
    from figure as f
    cross join lateral (
      select case
        when f.severe_failures > 0 then 1
        when f.other_failures > 0 or f.is_exposed then 2
        else 3
      end as rank
    ) as k
  ) as r;
end;

comment on function comply_private.report_tenants(text, uuid, timestamptz, timestamptz, text) is
  'Return the risk of each tenant with what makes it: failures of a run that concern it, and its share of flagged '
  'records in a period.';

revoke execute on function comply_private.report_tenants(text, uuid, timestamptz, timestamptz, text) from public;
