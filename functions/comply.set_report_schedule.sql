-- Writes what callers cannot, so it has the owner's rights: nobody chooses who set one.
create or replace function comply.set_report_schedule(
  framework  text,
  every      interval,
  formats    text[],
  first_from timestamptz default null,
  tenant     text default null
)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
declare
  v_id      uuid;
  v_formats text[];
begin
  if set_report_schedule.tenant is not null
     and not exists (select from comply.tenant_configs as c where c.tenant_id = set_report_schedule.tenant)
  then
    raise exception 'tenant % is unknown', quote_literal(set_report_schedule.tenant)
      using errcode = 'PC003',
            hint    = 'Check the spelling, or pass no tenant for a report on all of them.';
  end if;

  if not exists (
    select
    from comply.all_controls as c
    where c.framework_id = set_report_schedule.framework
      and (c.tenant_id is null or c.tenant_id = set_report_schedule.tenant)
  ) then
    raise exception 'framework % is unknown', quote_nullable(set_report_schedule.framework)
      using errcode = 'PC630',
            hint    = 'See comply.frameworks. One that a tenant added is reported on for that tenant only.';
  end if;

  select array_agg(f.format order by f.n)
  into v_formats
  from (
    select u.format, min(u.n) as n
    from unnest(set_report_schedule.formats) with ordinality as u (format, n)
    group by u.format
  ) as f;

  insert into comply.report_schedules as s (tenant_id, framework_id, every, formats, next_from)
  values (
    coalesce(set_report_schedule.tenant, '_system'),
    set_report_schedule.framework,
    set_report_schedule.every,
    v_formats,
    coalesce(
      set_report_schedule.first_from,
      date_trunc(
        case set_report_schedule.every
          when interval '1 year' then 'year'
          when interval '3 months' then 'quarter'
          when interval '1 month' then 'month'
          when interval '7 days' then 'week'
          else 'day'
        end,
        comply.now())))
  on conflict on constraint report_schedules_framework_id_key do update
  set formats = excluded.formats,
      next_from = coalesce(set_report_schedule.first_from, s.next_from),
      set_by = session_user,
      set_at = comply.now(),
      updated_at = comply.now()
  where s.formats <> excluded.formats
     or s.next_from <> set_report_schedule.first_from;

  select s.id
  into v_id
  from comply.report_schedules as s
  where s.tenant_id = coalesce(set_report_schedule.tenant, '_system')
    and s.framework_id = set_report_schedule.framework
    and s.every = set_report_schedule.every;

  return v_id;
end;
$$;

comment on function comply.set_report_schedule(text, interval, text[], timestamptz, text) is
  'Have a report made every 1 day, 7 days, 1 month, 3 months or 1 year, in formats of html, json, csv, oscal and '
  'sarif, on all tenants or on one; the first period is the current one unless first_from says when it begins. Return the '
  'schedule. Idempotent. Raises PC003, PC630.';

revoke execute on function comply.set_report_schedule(text, interval, text[], timestamptz, text) from public;
grant  execute on function comply.set_report_schedule(text, interval, text[], timestamptz, text) to comply_admin;
