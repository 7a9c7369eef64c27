create or replace function comply_private.report_detections(
  framework   text,
  at          timestamptz,
  period_from timestamptz,
  period_to   timestamptz,
  tenant      text default null
)
returns jsonb
language sql
stable
set row_security = on
begin atomic
  with step as (
    select
      comply_private.report_step(report_detections.period_from, report_detections.period_to) as width,
      date_trunc('day', report_detections.period_from at time zone 'UTC') as origin
  ),
  record as materialized (
    select r.*
    from comply_private.period_records(
      report_detections.period_from, report_detections.period_to, report_detections.tenant) as r
    where r.records > 0
  ),
  label as materialized (
    select r.*
    from comply_private.period_labels(
      report_detections.period_from, report_detections.period_to, report_detections.tenant) as r
    where r.records > 0
  ),
  mapping as (
    select distinct m.control_id, m.source_id
    from comply.all_mappings as m
    where m.framework_id = report_detections.framework
      and m.source = 'label'
      and m.valid_from <= report_detections.at
      and (m.valid_until is null or m.valid_until > report_detections.at)
      and (m.tenant_id is null or m.tenant_id = report_detections.tenant)
  ),
  by_label as (
    select l.label, sum(l.records) as records, sum(l.confidence_sum) / nullif(sum(l.scored), 0) as confidence
    from label as l
    group by l.label
  ),
  by_step as (
    select date_bin(s.width, r.day::timestamp, s.origin) as began, sum(r.records) as records, sum(r.flagged) as flagged
    from record as r
    cross join step as s
    group by 1
  ),
  by_category as (
    select c.began, jsonb_object_agg(c.category, c.records) as categories
    from (
      select date_bin(s.width, l.day::timestamp, s.origin) as began, split_part(l.label, '.', 1) as category,
        sum(l.records) as records
      from label as l
      cross join step as s
      where l.label <> 'OTHER.Safe'
      group by 1, 2
    ) as c
    group by c.began
  )
  select jsonb_build_object(
    'records', (select coalesce(sum(r.records), 0) from record as r),
    'flagged', (select coalesce(sum(r.flagged), 0) from record as r),
    'days', (select count(distinct r.day) from record as r),
    'counted_to', (select s.refreshed_at from comply_private.rollup_state as s),
    'labels', coalesce((
      select jsonb_agg(
        jsonb_build_object(
          'label', b.label,
          'description', (
            select t.description
            from comply.taxonomy_labels as t
            where t.label = b.label
            order by t.version desc
            limit 1
          ),
          'records', b.records,
          'confidence', round(b.confidence, 3),
          'controls', array(
            select m.control_id
            from mapping as m
            where b.label = m.source_id
               or starts_with(b.label, m.source_id || '.')
            group by m.control_id
            order by comply_private.natural_key(m.control_id)
          ))
        order by b.records desc, b.label)
      from by_label as b
    ), '[]'),
    'detectors', coalesce((
      select jsonb_agg(to_jsonb(d) order by d.records desc, d.detector_type, d.model_version)
      from (
        select r.detector_type, r.model_version, sum(r.records) as records, sum(r.flagged) as flagged,
          round(sum(r.confidence_sum) / nullif(sum(r.scored), 0), 3) as confidence
        from record as r
        group by r.detector_type, r.model_version
      ) as d
    ), '[]'),
    'step_days', (select extract(day from s.width)::integer from step as s),
    'trend', (
      select jsonb_agg(
        jsonb_build_object(
          'day', g.began::date,
          'records', coalesce(b.records, 0),
          'flagged', coalesce(b.flagged, 0),
          'categories', coalesce(c.categories, '{}'))
        order by g.began)
      from step as s
      cross join lateral generate_series(
        s.origin, report_detections.period_to at time zone 'UTC' - interval '1 microsecond', s.width) as g (began)
      left join by_step as b on b.began = g.began
      left join by_category as c on c.began = g.began
    ));
end;

comment on function comply_private.report_detections(text, timestamptz, timestamptz, timestamptz, text) is
  'Return what detectors found in a period: by label, with the controls that it bears on at a time, by detector, and '
  'its trend.';

revoke execute on function comply_private.report_detections(text, timestamptz, timestamptz, timestamptz, text)
  from public;
