-- The caller holds the lock of rollup_state, and has brought the days up. Where a day has begun, every row is of other
-- days than before; else what the batch adds is added, and a tenant of which an hour was counted anew is added up.
create or replace function comply_private.apply_to_last_seven_days()
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
declare
  v_first_day date := comply.now()::date - 6;
begin
  if not exists (
    select
    from comply_private.last_seven_days as s
    where s.first_day = v_first_day
  ) then
    perform comply_private.count_last_seven_days();
    return;
  end if;

  delete from comply_private.last_seven_days as s
  using (
    select distinct b.tenant_id
    from comply_private.rollup_batch as b
    where b.detector_type is null
      and b.hour >= v_first_day::timestamptz
  ) as a
  where s.tenant_id = a.tenant_id;

  with anew as materialized (
    select distinct b.tenant_id
    from comply_private.rollup_batch as b
    where b.detector_type is null
      and b.hour >= v_first_day::timestamptz
  )
  insert into comply_private.last_seven_days as s (
    tenant_id, detector_type, model_version, first_day, records, flagged, scored, confidence_sum, confidence_min,
    confidence_max, last_day)
  select
    a.tenant_id, d.detector_type, d.model_version, v_first_day, sum(d.records), sum(d.flagged), sum(d.scored),
    sum(d.confidence_sum), min(d.confidence_min), max(d.confidence_max), max(d.day)
  from anew as a
  join comply_private.daily_rollups as d on d.tenant_id = a.tenant_id and d.day >= v_first_day
  group by a.tenant_id, d.detector_type, d.model_version
  union all
  select
    b.tenant_id, b.detector_type, b.model_version, v_first_day, sum(b.records),
    coalesce(sum(b.records) filter (where b.labels <> '["OTHER.Safe"]'), 0), sum(b.scored), sum(b.confidence_sum),
    min(b.confidence_min), max(b.confidence_max), max(b.hour::date)
  from comply_private.rollup_batch as b
  where b.detector_type is not null
    and b.hour >= v_first_day::timestamptz
    and b.tenant_id not in (select a.tenant_id from anew as a)
  group by b.tenant_id, b.detector_type, b.model_version
  order by 1, 2, 3
  on conflict on constraint last_seven_days_pkey do update
  set records = s.records + excluded.records,
      flagged = s.flagged + excluded.flagged,
      scored = s.scored + excluded.scored,
      confidence_sum = s.confidence_sum + excluded.confidence_sum,
      confidence_min = least(s.confidence_min, excluded.confidence_min),
      confidence_max = greatest(s.confidence_max, excluded.confidence_max),
      last_day = greatest(s.last_day, excluded.last_day);
end;
$$;

comment on function comply_private.apply_to_last_seven_days() is
  'Bring what was found in the last seven days up to the batch, or, on a new day, to the days.';

revoke execute on function comply_private.apply_to_last_seven_days() from public;
