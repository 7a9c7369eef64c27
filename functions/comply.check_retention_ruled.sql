-- Reads rules of every tenant, which some callers may not, so it has the owner's rights. Evidence without a
-- rule is kept for ever, on purpose, and what has no months is ended by nobody: whether that may be is for a
-- person to judge. Rows of whom nobody is registered any more are kept by accident. Counts tenants and names
-- none: a report on one tenant has what is found of a table.
create or replace function comply.check_retention_ruled()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
declare
  v_tenants text[] := array(select c.tenant_id from comply.tenant_configs as c);
  v_table   record;
  v_orphans text[];
  v_is_none boolean := true;
begin
  for v_table in
    select
      t.table_name,
      t.kind,
      cardinality(v_tenants) as tenants,
      array(
        select n.name
        from unnest(v_tenants) as n (name)
        except
        select r.name
        from comply_private.tenant_rules(v_tenants, t.table_name, comply.now()) as r
      ) as without_rule
    from comply_private.retained_tables() as t
    order by t.table_name
  loop
    v_orphans := '{}';

    if v_table.kind = 'rows' then
      execute format(
        $q$
          with recursive t (tenant_id) as (
            (select min(r.tenant_id) from comply.%1$I as r)
            union all
            select (select min(r.tenant_id) from comply.%1$I as r where r.tenant_id > t.tenant_id)
            from t
            where t.tenant_id is not null
          )
          select coalesce(array_agg(t.tenant_id order by t.tenant_id), '{}')
          from t
          where t.tenant_id is not null
            and t.tenant_id <> all ($1)
        $q$,
        v_table.table_name)
      into v_orphans
      using v_tenants;

      v_orphans := array(
        select n.name
        from unnest(v_orphans) as n (name)
        except
        select r.name
        from comply_private.tenant_rules(v_orphans, v_table.table_name, comply.now()) as r
      );
    end if;

    continue when v_table.tenants = 0 and v_orphans = '{}';

    v_is_none := false;
    return next comply_private.finding(
      'retention_ruled',
      case
        when v_table.without_rule || v_orphans = '{}' then 'pass'
        when v_table.kind = 'rows' then 'fail'
        else 'manual'
      end,
      v_table.table_name,
      'a rule that ends the rows of every tenant',
      jsonb_build_object(
        'tenants', v_table.tenants,
        'without_rule', cardinality(v_table.without_rule || v_orphans)));
  end loop;

  return query
  select f.*
  from (
    select distinct c.relname::text as table_name
    from pg_class as c
    join comply.column_labels as l on l.table_name = c.relname
    join pg_attribute as a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    where c.relnamespace = 'comply'::regnamespace
      and c.relkind = 'r'
      and not c.relispartition
      and l.classification in ('confidential', 'restricted')
      and exists (select from comply.tenant_configs)
  ) as e
  cross join lateral comply_private.finding(
    'retention_ruled', 'manual', e.table_name, 'a rule that ends the rows of every tenant',
    '{"has_months": false}') as f
  order by e.table_name;

  if v_is_none then
    return next comply_private.finding(
      'retention_ruled', 'na', 'tenants', 'a rule that ends the rows of every tenant', '{"subjects": 0}');
  end if;
end;
$$;

comment on function comply.check_retention_ruled() is
  'Return of each table whether a rule ends the rows of every tenant.';

revoke execute on function comply.check_retention_ruled() from public;
grant  execute on function comply.check_retention_ruled() to comply_auditor, comply_admin, comply_operator;
