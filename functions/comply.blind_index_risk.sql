-- Counts over all tenants, which callers cannot, so it has the owner's rights; it shows no fingerprint. Whoever sees
-- how often each occurs, and knows how often each value does, can tell which is which: the fewer there are, the surer.
create or replace function comply.blind_index_risk()
returns table (
  table_name    text,
  column_name   text,
  tenant        text,
  rows          bigint,
  distinct_rows bigint,
  top_share     numeric,
  risk          text
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
#variable_conflict use_column
declare
  v_index record;
begin
  for v_index in
    select i.table_name, i.column_name
    from comply.blind_indexes as i
    join pg_attribute as a
      on a.attrelid = to_regclass(format('comply.%I', i.table_name))
     and a.attname = i.column_name
    order by 1, 2
  loop
    return query execute format(
      $q$
        select
          $1, $2, c.tenant_id, sum(c.n)::bigint, count(*), round(max(c.n) / sum(c.n), 3),
          case
            when count(*) < 100 or max(c.n) > sum(c.n) * 0.1 then 'high'
            when count(*) < 1000 or max(c.n) > sum(c.n) * 0.01 then 'medium'
            else 'low'
          end
        from (
          select t.tenant_id, count(*) as n
          from comply.%1$I as t
          where t.%2$I is not null
          group by t.tenant_id, t.%2$I
        ) as c
        group by c.tenant_id
        order by c.tenant_id
      $q$,
      v_index.table_name, v_index.column_name)
    using v_index.table_name, v_index.column_name;
  end loop;
end;
$$;

comment on function comply.blind_index_risk() is
  'Return how many distinct fingerprints each blind index has, by tenant, and the share of the most frequent: high '
  'below 100 or above 10 %, medium below 1,000 or above 1 %. What is high gives its values away to who can count.';

revoke execute on function comply.blind_index_risk() from public;
grant  execute on function comply.blind_index_risk()
  to comply_auditor, comply_admin, comply_operator;
