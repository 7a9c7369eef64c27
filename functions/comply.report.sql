-- Counts across tenants without showing a record, so it has the owner's rights. What it tells of records, changes and
-- reads was counted before: so it takes as long over ten million records as over ten.
create or replace function comply.report(
  framework   text,
  period_from timestamptz,
  period_to   timestamptz,
  tenant      text default null
)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set jit = off
as $$
declare
  v_at         timestamptz := least(report.period_to - interval '1 microsecond', comply.now());
  v_framework  record;
  v_run        comply.check_runs;
  v_detections jsonb;
  v_controls   jsonb;
  v_checks     jsonb;
begin
  if (isfinite(report.period_from) and isfinite(report.period_to) and report.period_from < report.period_to) is not true
     or date_trunc('hour', report.period_from) <> report.period_from
     or date_trunc('hour', report.period_to) <> report.period_to
  then
    raise exception 'a report from % to % is on no period', report.period_from, report.period_to
      using errcode = 'PC631',
            hint    = 'Pass two times of whole hours, the later one second: it is not in the report itself.';
  end if;

  if report.tenant is not null
     and not exists (select from comply.tenant_configs as c where c.tenant_id = report.tenant)
  then
    raise exception 'tenant % is unknown', quote_literal(report.tenant)
      using errcode = 'PC003',
            hint    = 'Check the spelling, or pass no tenant for a report on all of them.';
  end if;

  select c.framework_id, c.version, c.framework_title as title
  into v_framework
  from comply.all_controls as c
  where c.framework_id = report.framework
    and c.valid_from <= v_at
    and (c.valid_until is null or c.valid_until > v_at)
    and (c.tenant_id is null or c.tenant_id = report.tenant)
  limit 1;

  if not found then
    raise exception 'framework % was not valid at the end of the period', quote_nullable(report.framework)
      using errcode = 'PC630',
            hint    = 'See comply.frameworks. One that a tenant added is reported on for that tenant only.';
  end if;

  select r.*
  into v_run
  from comply_private.report_runs(report.framework, report.period_from, report.period_to, report.tenant) as r
  order by r.started_at desc, r.id desc
  limit 1;

  v_detections := comply_private.report_detections(
    report.framework, v_at, report.period_from, report.period_to, report.tenant);
  v_checks := comply_private.report_checks(report.framework, v_run.id, report.tenant);
  v_controls := comply_private.report_controls(
    report.framework, v_at, v_run.id, v_detections -> 'labels', report.tenant);

  return jsonb_build_object(
    'form', 'comply-db report 1',
    'framework', to_jsonb(v_framework),
    'period', jsonb_build_object('from', report.period_from, 'to', report.period_to),
    'tenant', report.tenant,
    'generated_at', comply.now(),
    'generated_by', session_user,
    'database', current_database(),
    'server_version', current_setting('server_version'),
    'schema_version', comply.schema_version(),
    'run', case when v_run.id is not null then jsonb_build_object(
      'run_id', v_run.id,
      'started_at', v_run.started_at,
      'ended_at', v_run.ended_at,
      'run_by', v_run.run_by,
      'checks', v_run.check_count,
      'findings', v_run.finding_count,
      'mapping_hash', encode(v_run.mapping_hash, 'hex'),
      'findings_hash', encode(v_run.findings_hash, 'hex')) end,
    'summary', jsonb_build_object(
      'controls', (
        select jsonb_object_agg(s.status, coalesce(n.controls, 0))
        from unnest(array[
          'satisfied', 'accepted', 'review', 'not_satisfied', 'not_applicable', 'not_assessed']) as s (status)
        left join (
          select c.control ->> 'status' as status, count(*) as controls
          from jsonb_array_elements(v_controls) as c (control)
          group by 1
        ) as n on n.status = s.status
      ),
      'coverage', (
        select jsonb_object_agg(s.coverage, coalesce(n.controls, 0))
        from unnest(array['full', 'partial', 'supports', 'none']) as s (coverage)
        left join (
          select c.control ->> 'coverage' as coverage, count(*) as controls
          from jsonb_array_elements(v_controls) as c (control)
          group by 1
        ) as n on n.coverage = s.coverage
      ),
      'severities', (
        select jsonb_object_agg(s.severity, coalesce(n.failed, 0))
        from unnest(array['critical', 'high', 'medium', 'low', 'info']) as s (severity)
        left join (
          select c.entry ->> 'severity' as severity, sum((c.entry ->> 'failed')::bigint) as failed
          from jsonb_array_elements(v_checks) as c (entry)
          group by 1
        ) as n on n.severity = s.severity
      )),
    'controls', v_controls,
    'checks', v_checks,
    'findings', comply_private.report_findings(report.framework, v_run.id, report.tenant),
    'exceptions', comply_private.report_exceptions(
      report.framework, v_run.id, report.period_from, report.period_to, report.tenant),
    'trend', comply_private.report_trend(
      report.framework, report.period_from, report.period_to, report.tenant),
    'detections', v_detections,
    'activity', comply_private.report_activity(report.period_from, report.period_to, report.tenant),
    'retention', comply_private.report_retention(report.period_from, report.period_to, report.tenant),
    'ledger', comply_private.report_ledger(report.period_from, report.period_to, report.tenant),
    'tenants', comply_private.report_tenants(
      report.framework, v_run.id, report.period_from, report.period_to, report.tenant));
end;
$$;

comment on function comply.report(text, timestamptz, timestamptz, text) is
  'Return the report on a framework from a time up to another, of whole hours: findings of the last run of checks in '
  'it, detections, activity, retention and the ledger, on all tenants, or on one and the database. Raises PC003, '
  'PC630, PC631.';

revoke execute on function comply.report(text, timestamptz, timestamptz, text) from public;
grant  execute on function comply.report(text, timestamptz, timestamptz, text)
  to comply_auditor, comply_admin, comply_operator;
