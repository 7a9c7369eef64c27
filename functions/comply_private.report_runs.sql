-- Only runs that asked all that bears on the framework: what a tenant added is asked in its context only.
create or replace function comply_private.report_runs(
  framework   text,
  period_from timestamptz,
  period_to   timestamptz,
  tenant      text default null
)
returns setof comply.check_runs
language sql
stable
set row_security = on
begin atomic
  select r.*
  from comply.check_runs as r
  where r.started_at >= report_runs.period_from
    and r.started_at < report_runs.period_to
    and r.tenant_id in ('_system', report_runs.tenant)
    and r.frameworks ? report_runs.framework
    and coalesce(r.framework_id, report_runs.framework) = report_runs.framework
  order by r.started_at, r.id;
end;

comment on function comply_private.report_runs(text, timestamptz, timestamptz, text) is
  'Return the runs of a period in which a framework was judged, the first first.';

revoke execute on function comply_private.report_runs(text, timestamptz, timestamptz, text) from public;
