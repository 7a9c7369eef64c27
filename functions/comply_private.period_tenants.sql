-- Whole days from the rollup of tenants' days, and what is left at either end from that of hours. Added up in here, as a
-- row of each rollup is more than a report wants to pass on.
create or replace function comply_private.period_tenants(
  period_from timestamptz,
  period_to   timestamptz,
  tenant      text default null
)
returns table (
  tenant_id text,
  records   bigint,
  flagged   bigint
)
language sql
stable
set row_security = on
begin atomic
  with whole as (
    select
      (period_tenants.period_from at time zone 'UTC' + interval '1 day' - interval '1 microsecond')::date as first_day,
      (period_tenants.period_to at time zone 'UTC')::date as after_last
  )
  select
    c.tenant_id,
    sum(c.records)::bigint,
    sum(c.flagged)::bigint
  from (
    select r.tenant_id, r.records, r.flagged
    from comply_private.daily_tenant_rollups as r
    where r.day >= (select w.first_day from whole as w)
      and r.day < (select w.after_last from whole as w)
      and (period_tenants.tenant is null or r.tenant_id = period_tenants.tenant)
    union all
    select r.tenant_id, r.records, r.flagged
    from comply_private.hourly_rollups as r
    where r.hour >= period_tenants.period_from
      and r.hour < (
        select least(period_tenants.period_to, w.first_day::timestamp at time zone 'UTC')
        from whole as w
      )
      and (period_tenants.tenant is null or r.tenant_id = period_tenants.tenant)
    union all
    select r.tenant_id, r.records, r.flagged
    from comply_private.hourly_rollups as r
    where r.hour >= (
        select w.after_last::timestamp at time zone 'UTC'
        from whole as w
        where w.after_last >= w.first_day
      )
      and r.hour < period_tenants.period_to
      and (period_tenants.tenant is null or r.tenant_id = period_tenants.tenant)
  ) as c
  group by c.tenant_id;
end;

comment on function comply_private.period_tenants(timestamptz, timestamptz, text) is
  'Return the records of a period of whole hours, of every tenant or of one, by tenant.';

revoke execute on function comply_private.period_tenants(timestamptz, timestamptz, text) from public;
