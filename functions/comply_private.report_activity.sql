-- By whole days, as that is how it is counted: a day that the period has a part of is in it.
create or replace function comply_private.report_activity(
  period_from timestamptz,
  period_to   timestamptz,
  tenant      text default null
)
returns jsonb
language sql
stable
set row_security = on
begin atomic
  with step as (
    select
      comply_private.report_step(report_activity.period_from, report_activity.period_to) as width,
      date_trunc('day', report_activity.period_from at time zone 'UTC') as origin
  ),
  done as materialized (
    select d.day, d.table_name, d.operation, d.user_id, d.active_role, sum(d.row_count) as row_count
    from comply_private.activity_days as d
    where d.day >= (report_activity.period_from at time zone 'UTC')::date
      and d.day < report_activity.period_to at time zone 'UTC'
      and (report_activity.tenant is null or d.tenant_id = report_activity.tenant)
    group by d.day, d.table_name, d.operation, d.user_id, d.active_role
  ),
  denied as materialized (
    select (e."timestamp" at time zone 'UTC')::date as day, e.code, count(*) as row_count
    from comply.security_events as e
    where e."timestamp" >= report_activity.period_from
      and e."timestamp" < report_activity.period_to
      and (report_activity.tenant is null or e.tenant_id = report_activity.tenant)
    group by 1, 2
  ),
  login as (
    select
      d.user_id,
      d.active_role,
      coalesce(sum(d.row_count) filter (where d.operation <> 'SELECT'), 0) as changes,
      coalesce(sum(d.row_count) filter (where d.operation = 'SELECT'), 0) as reads,
      max(d.day) as last_day
    from done as d
    group by d.user_id, d.active_role
  )
  select jsonb_build_object(
    'changes', (select coalesce(sum(d.row_count), 0) from done as d where d.operation <> 'SELECT'),
    'reads', (select coalesce(sum(d.row_count), 0) from done as d where d.operation = 'SELECT'),
    'denials', (select coalesce(sum(d.row_count), 0) from denied as d),
    'counted_to', (select s.counted_to from comply_private.activity_state as s),
    'tables', coalesce((
      select jsonb_agg(to_jsonb(t) order by t.row_count desc, t.table_name, t.operation)
      from (
        select d.table_name, d.operation, sum(d.row_count) as row_count
        from done as d
        group by d.table_name, d.operation
      ) as t
    ), '[]'),
    'denied', coalesce((
      select jsonb_agg(to_jsonb(c) order by c.row_count desc, c.code)
      from (
        select d.code, sum(d.row_count) as row_count, max(d.day) as last_day
        from denied as d
        group by d.code
      ) as c
    ), '[]'),
    'privileged', coalesce((
      select jsonb_agg(to_jsonb(p) order by p.changes desc, p.reads desc, p.user_id, p.active_role)
      from (
        select
          l.user_id,
          nullif(l.active_role, '') as active_role,
          coalesce(u.reason, a.reason, 'login or role is gone') as reason,
          l.changes,
          l.reads,
          l.last_day
        from login as l
        left join comply.privileged_roles() as u on u.role_name = l.user_id
        left join comply.privileged_roles() as a on a.role_name = l.active_role
        where u.role_name is null
           or u.reason is not null
           or (l.active_role <> '' and (a.role_name is null or a.reason is not null))
      ) as p
    ), '[]'),
    'administration', case when report_activity.tenant is null then coalesce((
      select jsonb_agg(to_jsonb(e) order by e.happened desc, e.source, e.action, e.object)
      from (
        select
          n.source,
          n.action,
          case n.source when 'deployment' then null else n.object end as object,
          count(*) as events,
          max(n.happened_at) as happened
        from comply.admin_events(report_activity.period_from, report_activity.period_to) as n
        group by 1, 2, 3
      ) as e
    ), '[]') end,
    'step_days', (select extract(day from s.width)::integer from step as s),
    'trend', (
      select jsonb_agg(
        jsonb_build_object(
          'day', g.began::date,
          'changes', coalesce(c.changes, 0),
          'reads', coalesce(c.reads, 0),
          'denials', coalesce(n.denials, 0))
        order by g.began)
      from step as s
      cross join lateral generate_series(
        s.origin, report_activity.period_to at time zone 'UTC' - interval '1 microsecond', s.width) as g (began)
      left join (
        select
          date_bin(s.width, d.day::timestamp, s.origin) as began,
          sum(d.row_count) filter (where d.operation <> 'SELECT') as changes,
          sum(d.row_count) filter (where d.operation = 'SELECT') as reads
        from done as d
        cross join step as s
        group by 1
      ) as c on c.began = g.began
      left join (
        select date_bin(s.width, d.day::timestamp, s.origin) as began, sum(d.row_count) as denials
        from denied as d
        cross join step as s
        group by 1
      ) as n on n.began = g.began
    ));
end;

comment on function comply_private.report_activity(timestamptz, timestamptz, text) is
  'Return who changed and read what in a period, by whole days, as far as the ledger has sealed it; who was '
  'refused; and what privileged logins did.';

revoke execute on function comply_private.report_activity(timestamptz, timestamptz, text) from public;
