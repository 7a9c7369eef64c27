-- What is queued of the month goes in the statement that counts, and so in the same snapshot: nothing is counted twice.
-- The caller holds the lock of rollup_state, so that days are the sums of their hours. What is asked of all tenants at
-- once is written a day after the other, so that the rows of a day share pages, as they do where days are added up as
-- they come.
create or replace function comply_private.count_month(month timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set work_mem = '64MB'
set jit = off
as $$
declare
  v_until timestamptz := count_month.month + interval '1 month';
begin
  delete from comply_private.hourly_rollups as h
  where h.hour >= count_month.month
    and h.hour < v_until;

  delete from comply_private.hourly_label_rollups as h
  where h.hour >= count_month.month
    and h.hour < v_until;

  delete from comply_private.daily_rollups as d
  where d.day >= count_month.month::date
    and d.day < v_until::date;

  delete from comply_private.daily_tenant_rollups as t
  where t.day >= count_month.month::date
    and t.day < v_until::date;

  delete from comply_private.daily_label_rollups as d
  where d.day >= count_month.month::date
    and d.day < v_until::date;

  delete from comply_private.rollup_totals as t
  where t.kind in ('hour', 'day', 'label')
    and t.starts_at >= count_month.month
    and t.starts_at < v_until;

  with taken as (
    delete from comply_private.rollup_changes as c
    where c.hour >= count_month.month
      and c.hour < v_until
  ), counted as materialized (
    select
      r.tenant_id, date_trunc('hour', r."timestamp") as hour, r.detector_type, r.model_version,
      r.mapped_data -> 'labels' as labels, count(*) as records, count(r.confidence_score) as scored,
      coalesce(sum(r.confidence_score::numeric), 0) as confidence_sum, min(r.confidence_score) as confidence_min,
      max(r.confidence_score) as confidence_max
    from comply.storage_records as r
    where r."timestamp" >= count_month.month
      and r."timestamp" < v_until
    group by r.tenant_id, hour, r.detector_type, r.model_version, labels
  ), hourly as (
    insert into comply_private.hourly_rollups (
      tenant_id, hour, detector_type, model_version, records, flagged, scored, confidence_sum, confidence_min,
      confidence_max)
    select
      c.tenant_id, c.hour, c.detector_type, c.model_version, sum(c.records),
      coalesce(sum(c.records) filter (where c.labels <> '["OTHER.Safe"]'), 0), sum(c.scored), sum(c.confidence_sum),
      min(c.confidence_min), max(c.confidence_max)
    from counted as c
    group by c.tenant_id, c.hour, c.detector_type, c.model_version
    order by c.tenant_id, c.hour, c.detector_type, c.model_version
  )
  insert into comply_private.hourly_label_rollups (
    tenant_id, hour, detector_type, model_version, label, records, scored, confidence_sum, confidence_min,
    confidence_max)
  select
    c.tenant_id, c.hour, c.detector_type, c.model_version, l.label, sum(c.records), sum(c.scored),
    sum(c.confidence_sum), min(c.confidence_min), max(c.confidence_max)
  from counted as c
  cross join lateral (select distinct e.label from jsonb_array_elements_text(c.labels) as e (label)) as l
  group by c.tenant_id, c.hour, c.detector_type, c.model_version, l.label
  order by c.tenant_id, c.hour, c.detector_type, c.model_version, l.label;

  insert into comply_private.daily_rollups (
    tenant_id, day, detector_type, model_version, records, flagged, scored, confidence_sum, confidence_min,
    confidence_max)
  select
    h.tenant_id, h.hour::date, h.detector_type, h.model_version, sum(h.records), sum(h.flagged), sum(h.scored),
    sum(h.confidence_sum), min(h.confidence_min), max(h.confidence_max)
  from comply_private.hourly_rollups as h
  where h.hour >= count_month.month
    and h.hour < v_until
  group by h.tenant_id, h.hour::date, h.detector_type, h.model_version
  order by h.tenant_id, h.hour::date, h.detector_type, h.model_version;

  insert into comply_private.daily_tenant_rollups (
    tenant_id, day, records, flagged, scored, confidence_sum)
  select
    d.tenant_id, d.day, sum(d.records), sum(d.flagged), sum(d.scored), sum(d.confidence_sum)
  from comply_private.daily_rollups as d
  where d.day >= count_month.month::date
    and d.day < v_until::date
  group by d.tenant_id, d.day
  order by d.day, d.tenant_id;

  insert into comply_private.daily_label_rollups (
    tenant_id, day, detector_type, model_version, label, records, scored, confidence_sum, confidence_min,
    confidence_max)
  select
    h.tenant_id, h.hour::date, h.detector_type, h.model_version, h.label, sum(h.records), sum(h.scored),
    sum(h.confidence_sum), min(h.confidence_min), max(h.confidence_max)
  from comply_private.hourly_label_rollups as h
  where h.hour >= count_month.month
    and h.hour < v_until
  group by h.tenant_id, h.hour::date, h.detector_type, h.model_version, h.label
  order by h.tenant_id, h.hour::date, h.detector_type, h.model_version, h.label;

  insert into comply_private.rollup_totals (
    kind, starts_at, detector_type, model_version, label, records, flagged, scored, confidence_sum, confidence_min,
    confidence_max)
  select
    'hour', h.hour, h.detector_type, h.model_version, '*', sum(h.records), sum(h.flagged), sum(h.scored),
    sum(h.confidence_sum), min(h.confidence_min), max(h.confidence_max)
  from comply_private.hourly_rollups as h
  where h.hour >= count_month.month
    and h.hour < v_until
  group by h.hour, h.detector_type, h.model_version
  union all
  select
    'day', d.day::timestamptz, d.detector_type, d.model_version, '*', sum(d.records), sum(d.flagged), sum(d.scored),
    sum(d.confidence_sum), min(d.confidence_min), max(d.confidence_max)
  from comply_private.daily_rollups as d
  where d.day >= count_month.month::date
    and d.day < v_until::date
  group by d.day, d.detector_type, d.model_version
  union all
  select
    'label', d.day::timestamptz, d.detector_type, d.model_version, d.label, sum(d.records), null, sum(d.scored),
    sum(d.confidence_sum), min(d.confidence_min), max(d.confidence_max)
  from comply_private.daily_label_rollups as d
  where d.day >= count_month.month::date
    and d.day < v_until::date
  group by d.day, d.label, d.detector_type, d.model_version;

  if v_until > comply.now() - interval '7 days' then
    perform comply_private.count_last_seven_days();
  end if;
end;
$$;

comment on function comply_private.count_month(timestamptz) is
  'Count the records of a month anew. Waits for nobody.';

revoke execute on function comply_private.count_month(timestamptz) from public;
