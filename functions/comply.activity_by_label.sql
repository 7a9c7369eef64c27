-- Whoever is bound to a tenant reads its rollups, all others the totals: of the two, a plan runs one. No workers, which
-- take longer to start than there is to read.
create or replace function comply.activity_by_label(period_from date, period_until date)
returns table (label text, records bigint, mean_confidence numeric)
language sql
stable
set row_security = on
set max_parallel_workers_per_gather = 0
begin atomic
  select
    r.label, sum(r.records)::bigint, round(sum(r.confidence_sum) / nullif(sum(r.scored), 0), 6)
  from (
    select r.label, r.records, r.scored, r.confidence_sum
    from comply.daily_label_rollups as r
    where r.day >= activity_by_label.period_from
      and r.day < activity_by_label.period_until
      and (pg_has_role('comply_app', 'usage') or pg_has_role('comply_reader', 'usage'))
    union all
    select t.label, t.records, t.scored, t.confidence_sum
    from comply.rollup_totals as t
    where t.kind = 'label'
      and t.starts_at >= activity_by_label.period_from::timestamp at time zone 'UTC'
      and t.starts_at < activity_by_label.period_until::timestamp at time zone 'UTC'
      and not (pg_has_role('comply_app', 'usage') or pg_has_role('comply_reader', 'usage'))
  ) as r
  group by r.label
  order by sum(r.records) desc, r.label;
end;

comment on function comply.activity_by_label(date, date) is
  'Return one row a label that was found, the most frequent first: of the tenant in context, or, for staff, of all. A '
  'record counts for each of its labels.';

revoke execute on function comply.activity_by_label(date, date) from public;
grant  execute on function comply.activity_by_label(date, date)
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin;
