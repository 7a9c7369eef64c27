-- Whole days from the rollup of days, of a tenant, or from the totals of all, and what is left at either end from the
-- rollup of hours.
create or replace function comply_private.period_records(
  period_from timestamptz,
  period_to   timestamptz,
  tenant      text default null
)
returns table (
  day            date,
  detector_type  text,
  model_version  text,
  records        bigint,
  flagged        bigint,
  scored         bigint,
  confidence_sum numeric
)
language sql
stable
set row_security = on
begin atomic
  with whole as (
    select
      (period_records.period_from at time zone 'UTC' + interval '1 day' - interval '1 microsecond')::date as first_day,
      (period_records.period_to at time zone 'UTC')::date as after_last
  )
  select
    c.day,
    c.detector_type,
    c.model_version,
    sum(c.records)::bigint,
    sum(c.flagged)::bigint,
    sum(c.scored)::bigint,
    sum(c.confidence_sum)
  from (
    select
      r.day, r.detector_type, r.model_version, r.records, r.flagged, r.scored, r.confidence_sum
    from comply_private.daily_rollups as r
    where r.tenant_id = period_records.tenant
      and r.day >= (select w.first_day from whole as w)
      and r.day < (select w.after_last from whole as w)
    union all
    select
      (r.starts_at at time zone 'UTC')::date, r.detector_type, r.model_version, r.records, r.flagged, r.scored, r.confidence_sum
    from comply_private.rollup_totals as r
    where period_records.tenant is null
      and r.kind = 'day'
      and r.starts_at >= (select w.first_day::timestamp at time zone 'UTC' from whole as w)
      and r.starts_at < (select w.after_last::timestamp at time zone 'UTC' from whole as w)
    union all
    select
      (r.hour at time zone 'UTC')::date, r.detector_type, r.model_version, r.records, r.flagged, r.scored, r.confidence_sum
    from comply_private.hourly_rollups as r
    where r.hour >= period_records.period_from
      and r.hour < (
        select least(period_records.period_to, w.first_day::timestamp at time zone 'UTC')
        from whole as w
      )
      and (period_records.tenant is null or r.tenant_id = period_records.tenant)
    union all
    select
      (r.hour at time zone 'UTC')::date, r.detector_type, r.model_version, r.records, r.flagged, r.scored, r.confidence_sum
    from comply_private.hourly_rollups as r
    where r.hour >= (
        select w.after_last::timestamp at time zone 'UTC'
        from whole as w
        where w.after_last >= w.first_day
      )
      and r.hour < period_records.period_to
      and (period_records.tenant is null or r.tenant_id = period_records.tenant)
  ) as c
  group by c.day, c.detector_type, c.model_version;
end;

comment on function comply_private.period_records(timestamptz, timestamptz, text) is
  'Return the records of a period of whole hours, of every tenant or of one, by day, detector and model.';

revoke execute on function comply_private.period_records(timestamptz, timestamptz, text) from public;
