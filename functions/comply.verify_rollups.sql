-- Reads the records of every tenant, which callers may not, so it has the owner's rights; it shows counts alone. Each
-- comparison is one statement and so one snapshot: what is queued in it is added to the rollups, and hours and
-- months that a refresh would count anew are left out, so what is found is a fault and not a delay.
create or replace function comply.verify_rollups(
  period_from  timestamptz default '-infinity',
  period_until timestamptz default 'infinity'
)
returns table (
  rollup        text,
  tenant_id     text,
  starts_at     timestamptz,
  detector_type text,
  model_version text,
  label         text,
  stored        jsonb,
  counted       jsonb
)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set work_mem = '64MB'
set jit = off
as $$
#variable_conflict use_column
declare
  v_from  timestamptz := date_trunc('day', verify_rollups.period_from);
  v_until timestamptz := date_trunc('day', verify_rollups.period_until);
begin
  if coalesce(verify_rollups.period_from >= verify_rollups.period_until, true) then
    raise exception 'from % until % is no span', coalesce(verify_rollups.period_from::text, 'null'),
      coalesce(verify_rollups.period_until::text, 'null')
      using errcode = 'PC622',
            hint    = 'Pass two times, the earlier one first.';
  end if;

  -- A day that is begun is looked at as a whole.
  if v_until < verify_rollups.period_until then
    v_until := v_until + interval '1 day';
  end if;

  -- Hours and their labels from one reading of the records, which is what takes long.
  return query
  with anew as (
    select distinct c.tenant_id, c.hour
    from comply_private.rollup_changes as c
    where c.detector_type is null
       or not exists (
         select
         from comply_private.rollup_months as m
         where m.month = date_trunc('month', c.hour)
       )
  ), stale as (
    select m.month
    from comply_private.stale_rollup_months() as m
  ), record as materialized (
    select
      r.tenant_id, date_trunc('hour', r."timestamp") as hour, r.detector_type, r.model_version,
      r.mapped_data -> 'labels' as labels, count(*) as records, count(r.confidence_score) as scored,
      coalesce(sum(r.confidence_score::numeric), 0) as confidence_sum, min(r.confidence_score) as confidence_min,
      max(r.confidence_score) as confidence_max
    from comply.storage_records as r
    where r."timestamp" >= v_from
      and r."timestamp" < v_until
    group by r.tenant_id, date_trunc('hour', r."timestamp"), r.detector_type, r.model_version,
      r.mapped_data -> 'labels'
  ), have as (
    select
      a.tenant_id, a.hour, a.detector_type, a.model_version, sum(a.records) as records, sum(a.flagged) as flagged,
      sum(a.scored) as scored, sum(a.confidence_sum) as confidence_sum, min(a.confidence_min) as confidence_min,
      max(a.confidence_max) as confidence_max
    from (
      select
        h.tenant_id, h.hour, h.detector_type, h.model_version, h.records, h.flagged, h.scored, h.confidence_sum,
        h.confidence_min, h.confidence_max
      from comply_private.hourly_rollups as h
      where h.hour >= v_from
        and h.hour < v_until
      union all
      select
        c.tenant_id, c.hour, c.detector_type, c.model_version, c.records,
        case when c.labels = '["OTHER.Safe"]' then 0 else c.records end, c.scored, c.confidence_sum,
        c.confidence_min, c.confidence_max
      from comply_private.rollup_changes as c
      where c.detector_type is not null
        and c.hour >= v_from
        and c.hour < v_until
    ) as a
    group by a.tenant_id, a.hour, a.detector_type, a.model_version
  ), want as (
    select
      r.tenant_id, r.hour, r.detector_type, r.model_version, sum(r.records) as records,
      coalesce(sum(r.records) filter (where r.labels <> '["OTHER.Safe"]'), 0) as flagged, sum(r.scored) as scored,
      sum(r.confidence_sum) as confidence_sum, min(r.confidence_min) as confidence_min,
      max(r.confidence_max) as confidence_max
    from record as r
    group by r.tenant_id, r.hour, r.detector_type, r.model_version
  ), have_label as (
    select
      a.tenant_id, a.hour, a.detector_type, a.model_version, a.label, sum(a.records) as records,
      sum(a.scored) as scored, sum(a.confidence_sum) as confidence_sum, min(a.confidence_min) as confidence_min,
      max(a.confidence_max) as confidence_max
    from (
      select
        h.tenant_id, h.hour, h.detector_type, h.model_version, h.label, h.records, h.scored, h.confidence_sum,
        h.confidence_min, h.confidence_max
      from comply_private.hourly_label_rollups as h
      where h.hour >= v_from
        and h.hour < v_until
      union all
      select
        c.tenant_id, c.hour, c.detector_type, c.model_version, l.label, c.records, c.scored, c.confidence_sum,
        c.confidence_min, c.confidence_max
      from comply_private.rollup_changes as c
      cross join lateral (select distinct e.label from jsonb_array_elements_text(c.labels) as e (label)) as l
      where c.detector_type is not null
        and c.hour >= v_from
        and c.hour < v_until
    ) as a
    group by a.tenant_id, a.hour, a.detector_type, a.model_version, a.label
  ), want_label as (
    select
      r.tenant_id, r.hour, r.detector_type, r.model_version, l.label, sum(r.records) as records,
      sum(r.scored) as scored, sum(r.confidence_sum) as confidence_sum, min(r.confidence_min) as confidence_min,
      max(r.confidence_max) as confidence_max
    from record as r
    cross join lateral (select distinct e.label from jsonb_array_elements_text(r.labels) as e (label)) as l
    group by r.tenant_id, r.hour, r.detector_type, r.model_version, l.label
  ), found as (
    select
      'hourly_rollups' as rollup, k.tenant_id, k.hour, k.detector_type, k.model_version, null::text as label,
      to_jsonb(h) - k.names as stored, to_jsonb(w) - k.names as counted
    from have as h
    full join want as w
      on w.tenant_id = h.tenant_id and w.hour = h.hour and w.detector_type = h.detector_type
      and w.model_version = h.model_version
    cross join lateral (
      select
        coalesce(h.tenant_id, w.tenant_id), coalesce(h.hour, w.hour), coalesce(h.detector_type, w.detector_type),
        coalesce(h.model_version, w.model_version), array['tenant_id', 'hour', 'detector_type', 'model_version']
    ) as k (tenant_id, hour, detector_type, model_version, names)
    where (h.records, h.flagged, h.scored, h.confidence_sum, h.confidence_min, h.confidence_max)
      is distinct from (w.records, w.flagged, w.scored, w.confidence_sum, w.confidence_min, w.confidence_max)
    union all
    select
      'hourly_label_rollups', k.tenant_id, k.hour, k.detector_type, k.model_version, k.label,
      to_jsonb(h) - k.names, to_jsonb(w) - k.names
    from have_label as h
    full join want_label as w
      on w.tenant_id = h.tenant_id and w.hour = h.hour and w.detector_type = h.detector_type
      and w.model_version = h.model_version and w.label = h.label
    cross join lateral (
      select
        coalesce(h.tenant_id, w.tenant_id), coalesce(h.hour, w.hour), coalesce(h.detector_type, w.detector_type),
        coalesce(h.model_version, w.model_version), coalesce(h.label, w.label),
        array['tenant_id', 'hour', 'detector_type', 'model_version', 'label']
    ) as k (tenant_id, hour, detector_type, model_version, label, names)
    where (h.records, h.scored, h.confidence_sum, h.confidence_min, h.confidence_max)
      is distinct from (w.records, w.scored, w.confidence_sum, w.confidence_min, w.confidence_max)
  )
  select f.rollup, f.tenant_id, f.hour, f.detector_type, f.model_version, f.label, f.stored, f.counted
  from found as f
  where (f.tenant_id, f.hour) not in (select a.tenant_id, a.hour from anew as a)
    and date_trunc('month', f.hour) not in (select m.month from stale as m)
  order by f.label is not null, f.tenant_id, f.hour, f.detector_type, f.model_version, f.label;

  -- Days are the sums of their hours, whatever waits: both are brought up in one transaction.
  return query
  with want as (
    select
      h.tenant_id, h.hour::date as day, h.detector_type, h.model_version, sum(h.records) as records,
      sum(h.flagged) as flagged, sum(h.scored) as scored, sum(h.confidence_sum) as confidence_sum,
      min(h.confidence_min) as confidence_min, max(h.confidence_max) as confidence_max
    from comply_private.hourly_rollups as h
    where h.hour >= v_from
      and h.hour < v_until
    group by h.tenant_id, h.hour::date, h.detector_type, h.model_version
  ), have as (
    select
      d.tenant_id, d.day, d.detector_type, d.model_version, d.records, d.flagged, d.scored, d.confidence_sum,
      d.confidence_min, d.confidence_max
    from comply_private.daily_rollups as d
    where d.day >= v_from
      and d.day < v_until
  )
  select
    'daily_rollups', k.tenant_id, k.day::timestamptz, k.detector_type, k.model_version, null::text,
    to_jsonb(h) - k.names, to_jsonb(w) - k.names
  from have as h
  full join want as w
    on w.tenant_id = h.tenant_id and w.day = h.day and w.detector_type = h.detector_type
    and w.model_version = h.model_version
  cross join lateral (
    select
      coalesce(h.tenant_id, w.tenant_id), coalesce(h.day, w.day), coalesce(h.detector_type, w.detector_type),
      coalesce(h.model_version, w.model_version), array['tenant_id', 'day', 'detector_type', 'model_version']
  ) as k (tenant_id, day, detector_type, model_version, names)
  where (h.records, h.flagged, h.scored, h.confidence_sum, h.confidence_min, h.confidence_max)
    is distinct from (w.records, w.flagged, w.scored, w.confidence_sum, w.confidence_min, w.confidence_max)
  order by k.tenant_id, k.day, k.detector_type, k.model_version;

  return query
  with want as (
    select
      h.tenant_id, h.hour::date as day, h.detector_type, h.model_version, h.label, sum(h.records) as records,
      sum(h.scored) as scored, sum(h.confidence_sum) as confidence_sum, min(h.confidence_min) as confidence_min,
      max(h.confidence_max) as confidence_max
    from comply_private.hourly_label_rollups as h
    where h.hour >= v_from
      and h.hour < v_until
    group by h.tenant_id, h.hour::date, h.detector_type, h.model_version, h.label
  ), have as (
    select
      d.tenant_id, d.day, d.detector_type, d.model_version, d.label, d.records, d.scored, d.confidence_sum,
      d.confidence_min, d.confidence_max
    from comply_private.daily_label_rollups as d
    where d.day >= v_from
      and d.day < v_until
  )
  select
    'daily_label_rollups', k.tenant_id, k.day::timestamptz, k.detector_type, k.model_version, k.label,
    to_jsonb(h) - k.names, to_jsonb(w) - k.names
  from have as h
  full join want as w
    on w.tenant_id = h.tenant_id and w.day = h.day and w.detector_type = h.detector_type
    and w.model_version = h.model_version and w.label = h.label
  cross join lateral (
    select
      coalesce(h.tenant_id, w.tenant_id), coalesce(h.day, w.day), coalesce(h.detector_type, w.detector_type),
      coalesce(h.model_version, w.model_version), coalesce(h.label, w.label),
      array['tenant_id', 'day', 'detector_type', 'model_version', 'label']
  ) as k (tenant_id, day, detector_type, model_version, label, names)
  where (h.records, h.scored, h.confidence_sum, h.confidence_min, h.confidence_max)
    is distinct from (w.records, w.scored, w.confidence_sum, w.confidence_min, w.confidence_max)
  order by k.tenant_id, k.day, k.detector_type, k.model_version, k.label;

  return query
  with want as (
    select
      d.tenant_id, d.day, sum(d.records) as records, sum(d.flagged) as flagged, sum(d.scored) as scored,
      sum(d.confidence_sum) as confidence_sum
    from comply_private.daily_rollups as d
    where d.day >= v_from
      and d.day < v_until
    group by d.tenant_id, d.day
  ), have as (
    select
      t.tenant_id, t.day, t.records, t.flagged, t.scored, t.confidence_sum
    from comply_private.daily_tenant_rollups as t
    where t.day >= v_from
      and t.day < v_until
  )
  select
    'daily_tenant_rollups', k.tenant_id, k.day::timestamptz, null::text, null::text, null::text,
    to_jsonb(h) - k.names, to_jsonb(w) - k.names
  from have as h
  full join want as w on w.tenant_id = h.tenant_id and w.day = h.day
  cross join lateral (
    select coalesce(h.tenant_id, w.tenant_id), coalesce(h.day, w.day), array['tenant_id', 'day']
  ) as k (tenant_id, day, names)
  where (h.records, h.flagged, h.scored, h.confidence_sum)
    is distinct from (w.records, w.flagged, w.scored, w.confidence_sum)
  order by k.tenant_id, k.day;

  -- Of the day that the last refresh saw.
  return query
  with since as (
    select min(s.first_day) as first_day
    from comply_private.last_seven_days as s
  ), want as (
    select
      d.tenant_id, d.detector_type, d.model_version, c.first_day, sum(d.records) as records,
      sum(d.flagged) as flagged, sum(d.scored) as scored, sum(d.confidence_sum) as confidence_sum,
      min(d.confidence_min) as confidence_min, max(d.confidence_max) as confidence_max, max(d.day) as last_day
    from since as c
    join comply_private.daily_rollups as d on d.day >= c.first_day
    where v_until > c.first_day
    group by d.tenant_id, d.detector_type, d.model_version, c.first_day
  ), have as (
    select
      s.tenant_id, s.detector_type, s.model_version, s.first_day, s.records, s.flagged, s.scored, s.confidence_sum,
      s.confidence_min, s.confidence_max, s.last_day
    from comply_private.last_seven_days as s
    where v_until > s.first_day
  )
  select
    'last_seven_days', k.tenant_id, k.first_day::timestamptz, k.detector_type, k.model_version, null::text,
    to_jsonb(h) - k.names, to_jsonb(w) - k.names
  from have as h
  full join want as w
    on w.tenant_id = h.tenant_id and w.detector_type = h.detector_type and w.model_version = h.model_version
    and w.first_day = h.first_day
  cross join lateral (
    select
      coalesce(h.tenant_id, w.tenant_id), coalesce(h.detector_type, w.detector_type),
      coalesce(h.model_version, w.model_version), coalesce(h.first_day, w.first_day),
      array['tenant_id', 'detector_type', 'model_version', 'first_day']
  ) as k (tenant_id, detector_type, model_version, first_day, names)
  where (h.records, h.flagged, h.scored, h.confidence_sum, h.confidence_min, h.confidence_max, h.last_day)
    is distinct from (
      w.records, w.flagged, w.scored, w.confidence_sum, w.confidence_min, w.confidence_max, w.last_day)
  order by k.tenant_id, k.detector_type, k.model_version;

  return query
  with want as (
    select
      'hour' as kind, h.hour as starts_at, h.detector_type, h.model_version, '*' as label, sum(h.records) as records,
      sum(h.flagged) as flagged, sum(h.scored) as scored, sum(h.confidence_sum) as confidence_sum,
      min(h.confidence_min) as confidence_min, max(h.confidence_max) as confidence_max
    from comply_private.hourly_rollups as h
    where h.hour >= v_from
      and h.hour < v_until
    group by h.hour, h.detector_type, h.model_version
    union all
    select
      'day', d.day::timestamptz, d.detector_type, d.model_version, '*', sum(d.records), sum(d.flagged), sum(d.scored),
      sum(d.confidence_sum), min(d.confidence_min), max(d.confidence_max)
    from comply_private.daily_rollups as d
    where d.day >= v_from
      and d.day < v_until
    group by d.day, d.detector_type, d.model_version
    union all
    select
      'label', d.day::timestamptz, d.detector_type, d.model_version, d.label, sum(d.records), null, sum(d.scored),
      sum(d.confidence_sum), min(d.confidence_min), max(d.confidence_max)
    from comply_private.daily_label_rollups as d
    where d.day >= v_from
      and d.day < v_until
    group by d.day, d.label, d.detector_type, d.model_version
  ), have as (
    select t.*
    from comply_private.rollup_totals as t
    where t.starts_at >= v_from
      and t.starts_at < v_until
  )
  select
    'rollup_totals', null::text, k.starts_at, k.detector_type, k.model_version, k.label, to_jsonb(h) - k.names,
    to_jsonb(w) - k.names
  from have as h
  full join want as w
    on w.kind = h.kind and w.starts_at = h.starts_at and w.detector_type = h.detector_type
    and w.model_version = h.model_version and w.label = h.label
  cross join lateral (
    select
      coalesce(h.starts_at, w.starts_at), coalesce(h.detector_type, w.detector_type),
      coalesce(h.model_version, w.model_version), coalesce(h.label, w.label),
      array['label', 'starts_at', 'detector_type', 'model_version']
  ) as k (starts_at, detector_type, model_version, label, names)
  where (h.records, h.flagged, h.scored, h.confidence_sum, h.confidence_min, h.confidence_max)
    is distinct from (w.records, w.flagged, w.scored, w.confidence_sum, w.confidence_min, w.confidence_max)
  order by k.starts_at, k.detector_type, k.model_version, k.label;
end;
$$;

comment on function comply.verify_rollups(timestamptz, timestamptz) is
  'Return one row a difference between the rollups and the records that they were counted from, or none: what the '
  'rollups say, and what there is. What no refresh has counted yet is no difference. Reads every record of the span. '
  'Raises PC622.';

revoke execute on function comply.verify_rollups(timestamptz, timestamptz) from public;
grant  execute on function comply.verify_rollups(timestamptz, timestamptz)
  to comply_auditor, comply_admin, comply_operator;
