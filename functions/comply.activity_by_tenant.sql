-- No workers, which take longer to start than there is to read.
create or replace function comply.activity_by_tenant(period_from date, period_until date)
returns table (tenant_id text, records bigint, flagged bigint, mean_confidence numeric, last_day date)
language sql
stable
set row_security = on
set max_parallel_workers_per_gather = 0
begin atomic
  select
    r.tenant_id, sum(r.records)::bigint, sum(r.flagged)::bigint,
    round(sum(r.confidence_sum) / nullif(sum(r.scored), 0), 6), max(r.day)
  from comply.daily_tenant_rollups as r
  where r.day >= activity_by_tenant.period_from
    and r.day < activity_by_tenant.period_until
  group by r.tenant_id
  order by sum(r.records) desc, r.tenant_id;
end;

comment on function comply.activity_by_tenant(date, date) is
  'Return one row a tenant that has records, the busiest first.';

revoke execute on function comply.activity_by_tenant(date, date) from public;
grant  execute on function comply.activity_by_tenant(date, date)
  to comply_analyst, comply_auditor, comply_admin;
