-- The caller holds the lock of rollup_state, and has brought the days up.
create or replace function comply_private.count_last_seven_days()
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
  delete from comply_private.last_seven_days;

  insert into comply_private.last_seven_days (
    tenant_id, detector_type, model_version, first_day, records, flagged, scored, confidence_sum, confidence_min,
    confidence_max, last_day)
  select
    d.tenant_id, d.detector_type, d.model_version, v_first_day, sum(d.records), sum(d.flagged), sum(d.scored),
    sum(d.confidence_sum), min(d.confidence_min), max(d.confidence_max), max(d.day)
  from comply_private.daily_rollups as d
  where d.day >= v_first_day
  group by d.tenant_id, d.detector_type, d.model_version
  order by d.tenant_id, d.detector_type, d.model_version;
end;
$$;

comment on function comply_private.count_last_seven_days() is
  'Add up what was found in the last seven days anew, from the days.';

revoke execute on function comply_private.count_last_seven_days() from public;
