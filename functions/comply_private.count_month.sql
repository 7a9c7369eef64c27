-- What is queued of the month goes in the statement that counts, and so in the same snapshot: nothing is counted twice.
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

  delete from comply_private.daily_label_rollups as d
  where d.day >= count_month.month::date
    and d.day < v_until::date;

  with taken as (
    delete from comply_private.rollup_changes as c
    where c.hour >= count_month.month
      and c.hour < v_until
  )
  insert into comply_private.rollup_batch (
    tenant_id, hour, detector_type, model_version, labels, records, scored, confidence_sum, confidence_min,
    confidence_max)
  select
    r.tenant_id, date_trunc('hour', r."timestamp") as hour, r.detector_type, r.model_version,
    r.mapped_data -> 'labels' as labels, count(*), count(r.confidence_score),
    coalesce(sum(r.confidence_score::numeric), 0), min(r.confidence_score), max(r.confidence_score)
  from comply.storage_records as r
  where r."timestamp" >= count_month.month
    and r."timestamp" < v_until
  group by r.tenant_id, hour, r.detector_type, r.model_version, labels;

  perform comply_private.apply_rollup_batch();
end;
$$;

comment on function comply_private.count_month(timestamptz) is
  'Count the records of a month anew. Waits for nobody.';

revoke execute on function comply_private.count_month(timestamptz) from public;
