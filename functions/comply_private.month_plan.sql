-- Rows are read through the table and by the range of the month: the owner sees none in the partition itself. To count
-- is what costs, so all tenants are counted at once, and who only looks is answered by rollups, where those tell of each
-- record. Who asks what is new is about to destroy it, so is told what the rows say; but nothing is counted of a month in
-- which nothing is due: tenants are then found by a loose index scan, one probe a tenant, however many rows it has; one
-- row then says that the month is not empty.
create or replace function comply_private.month_plan(
  table_name text,
  month      timestamptz,
  as_of      timestamptz,
  is_new     boolean default false
)
returns table (
  tenant         text,
  covers_from    timestamptz,
  covers_until   timestamptz,
  row_count      bigint,
  is_due         boolean,
  reason         text,
  rule           text,
  basis          text,
  action         text,
  needs_approval boolean,
  hold           text
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set intervalstyle = postgres
as $$
#variable_conflict use_column
declare
  v_until timestamptz := month_plan.month + interval '1 month';
  v_month tstzrange := tstzrange(month_plan.month, v_until);
  v_kind  text;
  v_names text[];
  v_rows  bigint[];
begin
  select t.kind
  into v_kind
  from comply_private.retained_tables() as t
  where t.table_name = month_plan.table_name;

  if month_plan.is_new or v_kind = 'sealed' then
    execute format(
      $q$
        with recursive t (tenant_id) as (
          (
            select r.tenant_id
            from comply.%1$I as r
            where r."timestamp" >= $1
              and r."timestamp" < $2
            order by r.tenant_id
            limit 1
          )
          union all
          select (
            select r.tenant_id
            from comply.%1$I as r
            where r."timestamp" >= $1
              and r."timestamp" < $2
              and r.tenant_id > t.tenant_id
            order by r.tenant_id
            limit 1
          )
          from t
          where t.tenant_id is not null
        )
        select coalesce(array_agg(t.tenant_id), '{}')
        from t
        where t.tenant_id is not null
      $q$,
      month_plan.table_name)
    into v_names
    using month_plan.month, v_until;
  end if;

  if month_plan.is_new and cardinality(v_names) > 0 and not exists (
    select
    from comply_private.tenant_rules(v_names, month_plan.table_name, v_until) as r
    where (r.is_at_once or v_until + r.keep <= month_plan.as_of)
      and not coalesce((
        select range_agg(tstzrange(h.covers_from, h.covers_until)) @> v_month
        from comply.legal_holds as h
        where h.tenant_id = r.name
          and h.released_at is null
      ), false)
  ) then
    tenant := v_names[1];
    is_due := false;
    row_count := 0;
    return next;
    return;
  end if;

  if v_kind = 'sealed' then
    select array_agg(coalesce(b.leaves, 0) order by n.position)
    into v_rows
    from unnest(v_names) with ordinality as n (name, position)
    left join (
      select e.tenant_id, sum(e.leaf_count)::bigint as leaves
      from comply.ledger_blocks as e
      where e.stream = month_plan.table_name
        and e.period = month_plan.month
      group by e.tenant_id
    ) as b on b.tenant_id = n.name;
  elsif not month_plan.is_new
        and month_plan.table_name = 'storage_records'
        and comply_private.is_counted_month(month_plan.month) then
    select coalesce(array_agg(t.tenant_id), '{}'), array_agg(t.rows)
    into v_names, v_rows
    from (
      select r.tenant_id, sum(r.records)::bigint as rows
      from comply_private.daily_tenant_rollups as r
      where r.day >= month_plan.month::date
        and r.day < v_until::date
      group by r.tenant_id
    ) as t;
  else
    execute format(
      $q$
        select coalesce(array_agg(t.tenant_id), '{}'), array_agg(t.rows)
        from (
          select r.tenant_id, count(*) as rows
          from comply.%I as r
          where r."timestamp" >= $1
            and r."timestamp" < $2
          group by r.tenant_id
        ) as t
      $q$,
      month_plan.table_name)
    into v_names, v_rows
    using month_plan.month, v_until;
  end if;

  return query
  with named as materialized (
    select n.name, n.rows
    from unnest(v_names, v_rows) as n (name, rows)
  ),
  held as materialized (
    select
      h.tenant_id,
      case
        when v_kind = 'rows' then range_agg(tstzrange(h.covers_from, h.covers_until) * v_month)
        else tstzmultirange(v_month)
      end as spans
    from comply.legal_holds as h
    where h.released_at is null
      and tstzrange(h.covers_from, h.covers_until) && v_month
    group by h.tenant_id
  ),
  part as (
    select n.name, n.rows, v_month as span, null as hold
    from named as n
    where n.name not in (select h.tenant_id from held as h)
    union all
    select
      n.name,
      case
        when p.span = v_month then n.rows
        else comply_private.count_rows(month_plan.table_name, n.name, lower(p.span), upper(p.span))
      end,
      p.span,
      case when p.is_held then comply_private.held(n.name, lower(p.span), upper(p.span)) end
    from named as n
    join held as h on h.tenant_id = n.name
    cross join lateral (
      select unnest(h.spans), true
      union all
      select unnest(tstzmultirange(v_month) - h.spans), false
    ) as p (span, is_held)
  ),
  ruled as (
    select
      p.*, r.keep, r.is_at_once, r.action, r.needs_approval, r.basis, r.rule,
      coalesce(r.is_at_once or v_until + r.keep <= month_plan.as_of, false) and p.hold is null as is_due
    from part as p
    left join comply_private.tenant_rules(v_names, month_plan.table_name, v_until) as r on r.name = p.name
  )
  select
    r.name,
    lower(r.span),
    upper(r.span),
    r.rows,
    r.is_due,
    case
      when r.hold is not null then 'held for ' || r.hold
      when r.rule is null then 'no rule names it'
      when r.is_at_once then 'the tenant is erased'
      when r.is_due then 'expired on ' || (v_until + r.keep)::date
      else 'kept until ' || (v_until + r.keep)::date
    end,
    r.rule,
    r.basis,
    r.action,
    r.needs_approval,
    r.hold
  from ruled as r
  -- Nothing to destroy in a part that has no rows; that it is held is told all the same.
  where r.rows > 0
     or r.hold is not null
     or v_kind = 'sealed'
  order by r.name, r.span;
end;
$$;

comment on function comply_private.month_plan(text, timestamptz, timestamptz, boolean) is
  'Return for each tenant in a month, and each part of it that is or is not held, whether its rows are to go; is_new: '
  'a single row, without counting, where none are.';

revoke execute on function comply_private.month_plan(text, timestamptz, timestamptz, boolean) from public;
