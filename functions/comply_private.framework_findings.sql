-- An exception is that of the time at which the finding was made, as comply.findings() has it. Controls are put in order
-- by those who show them: for each of ten thousand findings that would take longer than all else.
create or replace function comply_private.framework_findings(framework text, run uuid, tenant text default null)
returns table (
  finding_id     uuid,
  check_id       text,
  status         text,
  severity       text,
  tenant_id      text,
  subject        text,
  expected       text,
  observed       jsonb,
  evidence_query text,
  collected_at   timestamptz,
  control_ids    text[],
  exception_id   uuid
)
language sql
stable
set row_security = on
begin atomic
  select
    f.id,
    f.check_id,
    f.status,
    f.severity,
    f.tenant_id,
    f.subject,
    f.expected,
    f.observed,
    f.evidence_query,
    f.collected_at,
    array(
      select u.control_id
      from unnest(f.frameworks, f.control_ids) as u (framework_id, control_id)
      where u.framework_id = framework_findings.framework
    ),
    (
      select e.id
      from comply.finding_exceptions as e
      where e.tenant_id = f.tenant_id
        and e.check_id = f.check_id
        and (e.subject is null or e.subject = f.subject)
        and f.status in ('fail', 'error', 'manual')
        and f.collected_at >= e.accepted_at
        and f.collected_at < least(e.ends_at, e.withdrawn_at)
      order by e.ends_at desc, e.id
      limit 1
    )
  from comply.findings as f
  where f.run_id = framework_findings.run
    and framework_findings.framework = any (f.frameworks)
    and (framework_findings.tenant is null or f.tenant_id in (framework_findings.tenant, '_system'));
end;

comment on function comply_private.framework_findings(text, uuid, text) is
  'Return what a run found that bears on a framework, on all tenants, or on one and the database as a whole.';

revoke execute on function comply_private.framework_findings(text, uuid, text) from public;
