create or replace function comply_private.report_exceptions(
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
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'exception_id', e.id,
        'check_id', e.check_id,
        'tenant_id', nullif(e.tenant_id, '_system'),
        'subject', e.subject,
        'reason', e.reason,
        'accepted_by', e.accepted_by,
        'accepted_at', e.accepted_at,
        'ends_at', e.ends_at,
        'withdrawn_at', e.withdrawn_at,
        'is_open', least(e.ends_at, e.withdrawn_at) > least(report_exceptions.period_to, comply.now()))
      order by e.ends_at, e.id),
    '[]')
  from comply.finding_exceptions as e
  where e.accepted_at < report_exceptions.period_to
    and least(e.ends_at, e.withdrawn_at) > report_exceptions.period_from
    and (report_exceptions.tenant is null or e.tenant_id in (report_exceptions.tenant, '_system'))
    and (
      report_exceptions.run is null
      or e.check_id in (
        select f.check_id
        from comply_private.framework_findings(
          report_exceptions.framework, report_exceptions.run, report_exceptions.tenant) as f
      )
    );
end;

comment on function comply_private.report_exceptions(text, uuid, timestamptz, timestamptz, text) is
  'Return the exceptions of a period from the checks of a run: is_open where one still stood at the end of it.';

revoke execute on function comply_private.report_exceptions(text, uuid, timestamptz, timestamptz, text) from public;
