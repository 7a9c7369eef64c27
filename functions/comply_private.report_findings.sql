create or replace function comply_private.report_findings(framework text, run uuid, tenant text default null)
returns jsonb
language sql
stable
set row_security = on
begin atomic
  with found as materialized (
    select f.*
    from comply_private.framework_findings(
      report_findings.framework, report_findings.run, report_findings.tenant) as f
  ),
  -- Once for all that bear on the same controls, as thousands do.
  ordered as materialized (
    select
      l.control_ids,
      array(
        select u.control_id
        from unnest(l.control_ids) as u (control_id)
        order by comply_private.natural_key(u.control_id)
      ) as controls
    from (select distinct f.control_ids from found as f) as l
  )
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'finding_id', f.finding_id,
        'check_id', f.check_id,
        'status', f.status,
        'severity', f.severity,
        'tenant_id', nullif(f.tenant_id, '_system'),
        'subject', f.subject,
        'expected', f.expected,
        'observed', f.observed,
        'evidence_query', f.evidence_query,
        'collected_at', f.collected_at,
        'controls', o.controls,
        'exception_id', f.exception_id)
      order by c.position, f.finding_id),
    '[]')
  from found as f
  join ordered as o on o.control_ids = f.control_ids
  join comply.checks as c on c.check_id = f.check_id;
end;

comment on function comply_private.report_findings(text, uuid, text) is
  'Return what a run found that bears on a framework, in the order of the checks.';

revoke execute on function comply_private.report_findings(text, uuid, text) from public;
