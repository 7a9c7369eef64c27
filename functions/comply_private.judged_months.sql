-- A month is expired as a whole, when its end is older than what the rule keeps: no partition is looked into before
-- it could be. Evidence goes by whole months, so by the longest rule of all tenants in it. A month that others may
-- still write to stays, though all that is in it goes. OFFSET 0 has a month read once, and not wherever it is named.
create or replace function comply_private.judged_months(as_of timestamptz, is_new boolean default false)
returns table (
  table_name     text,
  month          timestamptz,
  tenant         text,
  verdict        text,
  covers_from    timestamptz,
  covers_until   timestamptz,
  row_count      bigint,
  reason         text,
  rule           text,
  hold           text,
  action         text,
  needs_approval boolean,
  basis          text
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
#variable_conflict use_column
declare
  v_settings comply_private.retention_settings;
  v_erasures boolean := false;
begin
  select s.*
  into v_settings
  from comply_private.retention_settings as s;

  if to_regclass('comply.erasures') is not null then
    v_erasures := exists (select from comply.erasures as e where e.scope = 'tenant');
  end if;

  return query
  with child as materialized (
    select t.table_name, t.kind, i.inhrelid
    from comply_private.retained_tables() as t
    join pg_inherits as i on i.inhparent = to_regclass('comply.' || t.table_name)
  ),
  part as (
    select t.table_name, t.kind, lower(r.span) as month, upper(r.span) as until, k.latest,
      coalesce(k.earliest <= judged_months.as_of, false) as is_old
    from child as t
    cross join lateral (select comply_private.partition_range(t.inhrelid) offset 0) as r (span)
    cross join lateral comply_private.keep_span(t.table_name, upper(r.span)) as k
    where not judged_months.is_new
       or not exists (
         select
         from comply.retention_items as m
         where m.table_name = t.table_name
           and m.month = lower(r.span)
           and m.state not in ('dropped', 'refused')
       )
  ),
  slice as (
    select p.table_name as part_table, p.month as part_month, p.kind, p.until, p.latest, p.is_old, m.*
    from part as p
    left join lateral comply_private.month_plan(
      p.table_name, p.month, judged_months.as_of, judged_months.is_new) as m on true
    where p.is_old
       or (p.kind = 'rows' and v_erasures)
  ),
  judged as (
    select
      s.*,
      coalesce(sum(s.row_count) filter (where s.is_due) over w, 0) as rows_due,
      coalesce(sum(s.row_count) over w, 0) as rows_all,
      bool_or(s.is_due) over w as is_some_due,
      bool_and(s.is_due) over w as is_all_due
    from slice as s
    window w as (partition by s.part_table, s.part_month)
  ),
  decided as (
    select
      j.*,
      case
        when j.tenant is null then
          case when j.kind = 'rows' and j.latest <= judged_months.as_of then 'DROP' else 'KEEP' end
        when j.is_all_due and (j.kind <> 'rows' or j.until + v_settings.cold_after <= judged_months.as_of)
          then 'DROP'
        when not j.is_due or j.kind <> 'rows' then 'KEEP'
        when j.rows_due >= v_settings.rewrite_share * j.rows_all
             and j.until + v_settings.cold_after <= judged_months.as_of then 'REWRITE'
        else 'BATCH'
      end as verdict
    from judged as j
    where j.is_old
       or j.is_some_due
  )
  select
    d.part_table,
    d.part_month,
    d.tenant,
    d.verdict,
    coalesce(d.covers_from, d.part_month),
    coalesce(d.covers_until, d.until),
    coalesce(d.row_count, 0),
    case
      when d.tenant is null then 'nothing is in it'
      when d.verdict in ('REWRITE', 'BATCH')
        then format('%s; %s %% of the month', d.reason, round(100.0 * d.rows_due / d.rows_all))
      when d.is_due and d.verdict = 'KEEP' then format('%s; others are not', d.reason)
      else d.reason
    end,
    d.rule,
    d.hold,
    d.action,
    d.needs_approval,
    d.basis
  from decided as d
  where d.tenant is not null
     or d.verdict = 'DROP'
  order by d.part_table, d.part_month, d.tenant, d.covers_from;
end;
$$;

comment on function comply_private.judged_months(timestamptz, boolean) is
  'Return the plan of retention at a time; is_new: only what has to be known of months of which '
  'no item is under way.';

revoke execute on function comply_private.judged_months(timestamptz, boolean) from public;
