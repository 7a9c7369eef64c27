-- What bears on a control is told by the findings, which have the mapping of their time; where there is none yet, by
-- the mapping of the report's.
create or replace function comply_private.report_controls(
  framework text,
  at        timestamptz,
  run       uuid,
  labels    jsonb,
  tenant    text default null
)
returns jsonb
language sql
stable
set row_security = on
begin atomic
  with found as (
    select u.control_id, f.check_id, f.status, f.exception_id
    from comply_private.framework_findings(
      report_controls.framework, report_controls.run, report_controls.tenant) as f
    cross join lateral unnest(f.control_ids) as u (control_id)
  ),
  judged as (
    select
      f.control_id,
      count(*) filter (where f.status in ('fail', 'error') and f.exception_id is null) as failed,
      count(*) filter (where f.status = 'manual' and f.exception_id is null) as manual,
      count(*) filter (where f.exception_id is not null) as accepted,
      count(*) filter (where f.status = 'pass') as passed,
      count(*) filter (where f.status = 'na') as na,
      array_agg(distinct f.check_id) as checks
    from found as f
    group by f.control_id
  ),
  mapped as (
    select
      m.control_id,
      (array_agg(m.coverage order by array_position(array['full', 'partial', 'supports'], m.coverage)))[1] as coverage,
      array_agg(distinct m.source_id) as checks
    from comply.all_mappings as m
    where m.framework_id = report_controls.framework
      and m.source = 'check'
      and m.valid_from <= report_controls.at
      and (m.valid_until is null or m.valid_until > report_controls.at)
      and (m.tenant_id is null or m.tenant_id = report_controls.tenant)
    group by m.control_id
  ),
  detected as (
    select c.control_id, jsonb_agg(l.label ->> 'label' order by l.label ->> 'label') as labels,
      sum((l.label ->> 'records')::bigint) as records
    from jsonb_array_elements(report_controls.labels) as l (label)
    cross join lateral jsonb_array_elements_text(l.label -> 'controls') as c (control_id)
    group by c.control_id
  )
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'control_id', c.control_id,
        'title', c.title,
        'status', comply_private.control_status(j.failed, j.manual, j.accepted, j.passed, j.na),
        'coverage', coalesce(m.coverage, 'none'),
        'failed', coalesce(j.failed, 0),
        'manual', coalesce(j.manual, 0),
        'accepted', coalesce(j.accepted, 0),
        'passed', coalesce(j.passed, 0),
        'na', coalesce(j.na, 0),
        'checks', coalesce(j.checks, m.checks, '{}'),
        'labels', coalesce(d.labels, '[]'),
        'records', coalesce(d.records, 0))
      order by comply_private.natural_key(c.control_id)),
    '[]')
  from comply.all_controls as c
  left join judged as j on j.control_id = c.control_id
  left join mapped as m on m.control_id = c.control_id
  left join detected as d on d.control_id = c.control_id
  where c.framework_id = report_controls.framework
    and c.valid_from <= report_controls.at
    and (c.valid_until is null or c.valid_until > report_controls.at)
    and (c.tenant_id is null or c.tenant_id = report_controls.tenant);
end;

comment on function comply_private.report_controls(text, timestamptz, uuid, jsonb, text) is
  'Return the controls of a framework that are valid at a time, with what a run found and which labels bear on them.';

revoke execute on function comply_private.report_controls(text, timestamptz, uuid, jsonb, text) from public;
