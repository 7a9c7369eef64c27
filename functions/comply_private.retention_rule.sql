-- The tenant weighs more than the table, the table more than the classification. Evidence has to be named: a rule
-- for all tables was not meant for the trail that tells of them. What contradicts itself is kept: a minimum, which
-- is a duty, goes above a maximum. Which of two spans is longer depends on when they begin: by itself, PostgreSQL has
-- 362 days as longer than a year.
create or replace function comply_private.retention_rule(
  tenant_id  text,
  table_name text,
  until      timestamptz default comply.now()
)
returns table (
  keep           interval,
  is_at_once     boolean,
  action         text,
  needs_approval boolean,
  basis          text,
  rule           text
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
  v_class   text := comply_private.table_classification(retention_rule.table_name);
  v_is_rows boolean := retention_rule.table_name <> all (comply_private.evidence_tables());
  v_bound   record;
begin
  if v_is_rows and to_regclass('comply.erasures') is not null then
    select interval '0', true, 'delete', false, e.basis, format('erasure %s', e.id)
    into keep, is_at_once, action, needs_approval, basis, rule
    from comply.erasures as e
    where e.tenant_id = retention_rule.tenant_id
      and e.scope = 'tenant'
      and e.state <> 'deferred';

    if found then
      return next;
      return;
    end if;
  end if;

  select p.keep, false, p.action, p.needs_approval, p.basis, concat_ws('/', p.tenant_id, p.table_name, p.classification)
  into keep, is_at_once, action, needs_approval, basis, rule
  from comply.retention_policies as p
  where p.tenant_id in (retention_rule.tenant_id, '*')
    and (p.table_name = retention_rule.table_name or (p.table_name = '*' and v_is_rows))
    and p.classification in (v_class, '*')
  order by p.tenant_id <> '*' desc, p.table_name <> '*' desc, p.classification <> '*' desc
  limit 1;

  if not found then
    select
      make_interval(days => c.storage_retention_days), false, 'archive', true, 'the tenant''s default',
      'tenant_configs.storage_retention_days'
    into keep, is_at_once, action, needs_approval, basis, rule
    from comply.tenant_configs as c
    where c.tenant_id = retention_rule.tenant_id
      and v_is_rows;

    if not found then
      return;
    end if;
  end if;

  for v_bound in
    select b.keep, b.basis, b.is_minimum
    from (
      select b.minimum, b.basis, true
      from comply.retention_bounds as b
      where b.table_name in (retention_rule.table_name, '*')
        and b.classification in (v_class, '*')
      union all
      select b.maximum, b.basis, false
      from comply.retention_bounds as b
      where b.table_name in (retention_rule.table_name, '*')
        and b.classification in (v_class, '*')
    ) as b (keep, basis, is_minimum)
    where b.keep is not null
    order by b.is_minimum, b.keep
  loop
    if (v_bound.is_minimum and retention_rule.until + v_bound.keep > retention_rule.until + keep)
       or (not v_bound.is_minimum and retention_rule.until + v_bound.keep < retention_rule.until + keep)
    then
      rule := format('%s, %s %s instead of %s (%s)', rule,
                     case when v_bound.is_minimum then 'at least' else 'at most' end,
                     v_bound.keep, keep, v_bound.basis);
      keep := v_bound.keep;
    end if;
  end loop;

  return next;
end;
$$;

comment on function comply_private.retention_rule(text, text, timestamptz) is
  'Return how long, and by which rule, a tenant''s rows of a table are kept from the end of their month on; no '
  'row where they are kept for ever.';

revoke execute on function comply_private.retention_rule(text, text, timestamptz) from public;
