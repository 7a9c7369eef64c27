create or replace function comply_private.report_checks(framework text, run uuid, tenant text default null)
returns jsonb
language sql
stable
set row_security = on
begin atomic
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'check_id', c.check_id,
        'title', c.title,
        'severity', f.severity,
        'kind', c.kind,
        'scope', c.scope,
        'status', comply_private.control_status(f.failed, f.manual, f.accepted, f.passed, f.na),
        'failed', f.failed,
        'manual', f.manual,
        'accepted', f.accepted,
        'passed', f.passed,
        'na', f.na,
        'controls', array(
          select u.control_id
          from unnest(f.control_ids) as u (control_id)
          order by comply_private.natural_key(u.control_id)
        ),
        'evidence_query', f.evidence_query,
        'remedy', c.remedy)
      order by c.position),
    '[]')
  from (
    select
      r.check_id,
      min(r.severity) as severity,
      min(r.evidence_query) as evidence_query,
      min(r.control_ids) as control_ids,
      count(*) filter (where r.status in ('fail', 'error') and r.exception_id is null) as failed,
      count(*) filter (where r.status = 'manual' and r.exception_id is null) as manual,
      count(*) filter (where r.exception_id is not null) as accepted,
      count(*) filter (where r.status = 'pass') as passed,
      count(*) filter (where r.status = 'na') as na
    from comply_private.framework_findings(
      report_checks.framework, report_checks.run, report_checks.tenant) as r
    group by r.check_id
  ) as f
  join comply.checks as c on c.check_id = f.check_id;
end;

comment on function comply_private.report_checks(text, uuid, text) is
  'Return what a run found that bears on a framework, one entry a check.';

revoke execute on function comply_private.report_checks(text, uuid, text) from public;
