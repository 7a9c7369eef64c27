-- The caller holds the lock of rollup_state, so nobody else writes here. By index, as comply_private.count_changes()
-- goes; rows in the order of the keys, as indexes like it.
create or replace function comply_private.apply_rollup_batch()
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set work_mem = '64MB'
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
begin
  delete from comply_private.hourly_rollups as h
  using (
    select distinct b.tenant_id, b.hour
    from comply_private.rollup_batch as b
    where b.detector_type is null
  ) as a
  where h.tenant_id = a.tenant_id
    and h.hour = a.hour;

  delete from comply_private.hourly_label_rollups as h
  using (
    select distinct b.tenant_id, b.hour
    from comply_private.rollup_batch as b
    where b.detector_type is null
  ) as a
  where h.tenant_id = a.tenant_id
    and h.hour = a.hour;

  insert into comply_private.hourly_rollups as h (
    tenant_id, hour, detector_type, model_version, records, flagged, scored, confidence_sum, confidence_min,
    confidence_max)
  select
    b.tenant_id, b.hour, b.detector_type, b.model_version, sum(b.records),
    coalesce(sum(b.records) filter (where b.labels <> '["OTHER.Safe"]'), 0), sum(b.scored), sum(b.confidence_sum),
    min(b.confidence_min), max(b.confidence_max)
  from comply_private.rollup_batch as b
  where b.detector_type is not null
  group by b.tenant_id, b.hour, b.detector_type, b.model_version
  order by b.tenant_id, b.hour, b.detector_type, b.model_version
  on conflict on constraint hourly_rollups_pkey do update
  set records = h.records + excluded.records,
      flagged = h.flagged + excluded.flagged,
      scored = h.scored + excluded.scored,
      confidence_sum = h.confidence_sum + excluded.confidence_sum,
      confidence_min = least(h.confidence_min, excluded.confidence_min),
      confidence_max = greatest(h.confidence_max, excluded.confidence_max);

  insert into comply_private.hourly_label_rollups as h (
    tenant_id, hour, detector_type, model_version, label, records, scored, confidence_sum, confidence_min,
    confidence_max)
  select
    b.tenant_id, b.hour, b.detector_type, b.model_version, l.label, sum(b.records), sum(b.scored),
    sum(b.confidence_sum), min(b.confidence_min), max(b.confidence_max)
  from comply_private.rollup_batch as b
  cross join lateral (select distinct e.label from jsonb_array_elements_text(b.labels) as e (label)) as l
  where b.detector_type is not null
  group by b.tenant_id, b.hour, b.detector_type, b.model_version, l.label
  order by b.tenant_id, b.hour, b.detector_type, b.model_version, l.label
  on conflict on constraint hourly_label_rollups_pkey do update
  set records = h.records + excluded.records,
      scored = h.scored + excluded.scored,
      confidence_sum = h.confidence_sum + excluded.confidence_sum,
      confidence_min = least(h.confidence_min, excluded.confidence_min),
      confidence_max = greatest(h.confidence_max, excluded.confidence_max);

  -- A day that has an hour that was counted anew is the sum of its hours; to any other the batch is added.
  delete from comply_private.daily_rollups as d
  using (
    select distinct b.tenant_id, b.hour::date as day
    from comply_private.rollup_batch as b
    where b.detector_type is null
  ) as a
  where d.tenant_id = a.tenant_id
    and d.day = a.day;

  delete from comply_private.daily_tenant_rollups as t
  using (
    select distinct b.tenant_id, b.hour::date as day
    from comply_private.rollup_batch as b
    where b.detector_type is null
  ) as a
  where t.tenant_id = a.tenant_id
    and t.day = a.day;

  delete from comply_private.daily_label_rollups as d
  using (
    select distinct b.tenant_id, b.hour::date as day
    from comply_private.rollup_batch as b
    where b.detector_type is null
  ) as a
  where d.tenant_id = a.tenant_id
    and d.day = a.day;

  with anew as materialized (
    select distinct b.tenant_id, b.hour::date as day
    from comply_private.rollup_batch as b
    where b.detector_type is null
  )
  insert into comply_private.daily_rollups as d (
    tenant_id, day, detector_type, model_version, records, flagged, scored, confidence_sum, confidence_min,
    confidence_max)
  select
    a.tenant_id, a.day, h.detector_type, h.model_version, sum(h.records), sum(h.flagged), sum(h.scored),
    sum(h.confidence_sum), min(h.confidence_min), max(h.confidence_max)
  from anew as a
  join comply_private.hourly_rollups as h
    on h.tenant_id = a.tenant_id and h.hour >= a.day::timestamptz and h.hour < (a.day + 1)::timestamptz
  group by a.tenant_id, a.day, h.detector_type, h.model_version
  union all
  select
    b.tenant_id, b.hour::date, b.detector_type, b.model_version, sum(b.records),
    coalesce(sum(b.records) filter (where b.labels <> '["OTHER.Safe"]'), 0), sum(b.scored), sum(b.confidence_sum),
    min(b.confidence_min), max(b.confidence_max)
  from comply_private.rollup_batch as b
  where b.detector_type is not null
    and (b.tenant_id, b.hour::date) not in (select a.tenant_id, a.day from anew as a)
  group by b.tenant_id, b.hour::date, b.detector_type, b.model_version
  order by 1, 2, 3, 4
  on conflict on constraint daily_rollups_pkey do update
  set records = d.records + excluded.records,
      flagged = d.flagged + excluded.flagged,
      scored = d.scored + excluded.scored,
      confidence_sum = d.confidence_sum + excluded.confidence_sum,
      confidence_min = least(d.confidence_min, excluded.confidence_min),
      confidence_max = greatest(d.confidence_max, excluded.confidence_max);

  with anew as materialized (
    select distinct b.tenant_id, b.hour::date as day
    from comply_private.rollup_batch as b
    where b.detector_type is null
  )
  insert into comply_private.daily_tenant_rollups as t (
    tenant_id, day, records, flagged, scored, confidence_sum)
  select
    a.tenant_id, a.day, sum(d.records), sum(d.flagged), sum(d.scored), sum(d.confidence_sum)
  from anew as a
  join comply_private.daily_rollups as d on d.tenant_id = a.tenant_id and d.day = a.day
  group by a.tenant_id, a.day
  union all
  select
    b.tenant_id, b.hour::date, sum(b.records),
    coalesce(sum(b.records) filter (where b.labels <> '["OTHER.Safe"]'), 0), sum(b.scored), sum(b.confidence_sum)
  from comply_private.rollup_batch as b
  where b.detector_type is not null
    and (b.tenant_id, b.hour::date) not in (select a.tenant_id, a.day from anew as a)
  group by b.tenant_id, b.hour::date
  order by 1, 2
  on conflict on constraint daily_tenant_rollups_pkey do update
  set records = t.records + excluded.records,
      flagged = t.flagged + excluded.flagged,
      scored = t.scored + excluded.scored,
      confidence_sum = t.confidence_sum + excluded.confidence_sum;

  with anew as materialized (
    select distinct b.tenant_id, b.hour::date as day
    from comply_private.rollup_batch as b
    where b.detector_type is null
  )
  insert into comply_private.daily_label_rollups as d (
    tenant_id, day, detector_type, model_version, label, records, scored, confidence_sum, confidence_min,
    confidence_max)
  select
    a.tenant_id, a.day, h.detector_type, h.model_version, h.label, sum(h.records), sum(h.scored),
    sum(h.confidence_sum), min(h.confidence_min), max(h.confidence_max)
  from anew as a
  join comply_private.hourly_label_rollups as h
    on h.tenant_id = a.tenant_id and h.hour >= a.day::timestamptz and h.hour < (a.day + 1)::timestamptz
  group by a.tenant_id, a.day, h.detector_type, h.model_version, h.label
  union all
  select
    b.tenant_id, b.hour::date, b.detector_type, b.model_version, l.label, sum(b.records), sum(b.scored),
    sum(b.confidence_sum), min(b.confidence_min), max(b.confidence_max)
  from comply_private.rollup_batch as b
  cross join lateral (select distinct e.label from jsonb_array_elements_text(b.labels) as e (label)) as l
  where b.detector_type is not null
    and (b.tenant_id, b.hour::date) not in (select a.tenant_id, a.day from anew as a)
  group by b.tenant_id, b.hour::date, b.detector_type, b.model_version, l.label
  order by 1, 2, 3, 4, 5
  on conflict on constraint daily_label_rollups_pkey do update
  set records = d.records + excluded.records,
      scored = d.scored + excluded.scored,
      confidence_sum = d.confidence_sum + excluded.confidence_sum,
      confidence_min = least(d.confidence_min, excluded.confidence_min),
      confidence_max = greatest(d.confidence_max, excluded.confidence_max);

  -- Totals of hours and days as days are of hours.
  delete from comply_private.rollup_totals as t
  using (
    select distinct 'hour' as kind, b.hour as starts_at
    from comply_private.rollup_batch as b
    where b.detector_type is null
    union all
    select distinct k.kind, date_trunc('day', b.hour)
    from comply_private.rollup_batch as b
    cross join (values ('day'), ('label')) as k (kind)
    where b.detector_type is null
  ) as a
  where t.kind = a.kind
    and t.starts_at = a.starts_at;

  with anew as materialized (
    select distinct b.hour
    from comply_private.rollup_batch as b
    where b.detector_type is null
  ), anew_day as materialized (
    select distinct a.hour::date as day
    from anew as a
  )
  insert into comply_private.rollup_totals as t (
    kind, starts_at, detector_type, model_version, label, records, flagged, scored, confidence_sum, confidence_min,
    confidence_max)
  select
    'hour', a.hour, h.detector_type, h.model_version, '*', sum(h.records), sum(h.flagged), sum(h.scored),
    sum(h.confidence_sum), min(h.confidence_min), max(h.confidence_max)
  from anew as a
  join comply_private.hourly_rollups as h on h.hour = a.hour
  group by a.hour, h.detector_type, h.model_version
  union all
  select
    'hour', b.hour, b.detector_type, b.model_version, '*', sum(b.records),
    coalesce(sum(b.records) filter (where b.labels <> '["OTHER.Safe"]'), 0), sum(b.scored), sum(b.confidence_sum),
    min(b.confidence_min), max(b.confidence_max)
  from comply_private.rollup_batch as b
  where b.detector_type is not null
    and b.hour not in (select a.hour from anew as a)
  group by b.hour, b.detector_type, b.model_version
  union all
  select
    'day', a.day::timestamptz, d.detector_type, d.model_version, '*', sum(d.records), sum(d.flagged), sum(d.scored),
    sum(d.confidence_sum), min(d.confidence_min), max(d.confidence_max)
  from anew_day as a
  join comply_private.daily_rollups as d on d.day = a.day
  group by a.day, d.detector_type, d.model_version
  union all
  select
    'day', b.hour::date::timestamptz, b.detector_type, b.model_version, '*', sum(b.records),
    coalesce(sum(b.records) filter (where b.labels <> '["OTHER.Safe"]'), 0), sum(b.scored), sum(b.confidence_sum),
    min(b.confidence_min), max(b.confidence_max)
  from comply_private.rollup_batch as b
  where b.detector_type is not null
    and b.hour::date not in (select a.day from anew_day as a)
  group by b.hour::date, b.detector_type, b.model_version
  union all
  select
    'label', a.day::timestamptz, d.detector_type, d.model_version, d.label, sum(d.records), null, sum(d.scored),
    sum(d.confidence_sum), min(d.confidence_min), max(d.confidence_max)
  from anew_day as a
  join comply_private.daily_label_rollups as d on d.day = a.day
  group by a.day, d.label, d.detector_type, d.model_version
  union all
  select
    'label', b.hour::date::timestamptz, b.detector_type, b.model_version, l.label, sum(b.records), null, sum(b.scored),
    sum(b.confidence_sum), min(b.confidence_min), max(b.confidence_max)
  from comply_private.rollup_batch as b
  cross join lateral (select distinct e.label from jsonb_array_elements_text(b.labels) as e (label)) as l
  where b.detector_type is not null
    and b.hour::date not in (select a.day from anew_day as a)
  group by b.hour::date, l.label, b.detector_type, b.model_version
  on conflict on constraint rollup_totals_pkey do update
  set records = t.records + excluded.records,
      flagged = t.flagged + excluded.flagged,
      scored = t.scored + excluded.scored,
      confidence_sum = t.confidence_sum + excluded.confidence_sum,
      confidence_min = least(t.confidence_min, excluded.confidence_min),
      confidence_max = greatest(t.confidence_max, excluded.confidence_max);

  perform comply_private.apply_to_last_seven_days();

  delete from comply_private.rollup_batch;
end;
$$;

comment on function comply_private.apply_rollup_batch() is
  'Bring the rollups up to the batch, and empty it. The caller holds the lock of rollup_state.';

revoke execute on function comply_private.apply_rollup_batch() from public;
