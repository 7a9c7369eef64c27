-- Pages are drawn, not rows: to draw rows, all of them would be read. A row whose image went lawfully with its month is
-- no problem; one whose trail has no image has its last operation compared alone.
create or replace function comply_private.record_damage(table_name text, pages integer default null)
returns table (tenant text, rows_compared bigint, problems jsonb, record_ids uuid[])
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set extra_float_digits = 1
set bytea_output = hex
set intervalstyle = iso_8601
set jit = off
as $$
#variable_conflict use_column
begin
  if record_damage.pages is null then
    return query execute format(
      $q$
        with damage as materialized (
          select v.tenant, v.problem, v.record_id
          from comply.verify_records($1) as v
        )
        select d.tenant, p.problems, p.by_problem, d.record_ids
        from (
          select k.tenant, (array_agg(k.record_id order by k.record_id))[1:20] as record_ids
          from damage as k
          group by k.tenant
        ) as d
        join (
          select k.tenant, sum(k.problems)::bigint as problems, jsonb_object_agg(k.problem, k.problems) as by_problem
          from (
            select m.tenant, m.problem, count(*) as problems
            from damage as m
            group by m.tenant, m.problem
          ) as k
          group by k.tenant
        ) as p on p.tenant = d.tenant
        union all
        select null, (select count(*) from comply.%I), null, null
        where not exists (select from damage)
      $q$,
      record_damage.table_name)
    using record_damage.table_name;
    return;
  end if;

  return query execute format(
    $q$
      with record as (
        select r.tenant_id, r.id, to_jsonb(r) - 'updated_at' as row_now
        from comply.%1$I as r tablesample system ($2)
      ),
      traced as materialized (
        select r.*, a.operation, a.new_values
        from record as r
        left join lateral (
          select t.operation, t.new_values
          from comply.audit_trail as t
          where t.record_id = r.id
            and t.tenant_id = r.tenant_id
            and t.table_name = $1
          order by t.id desc
          limit 1
        ) as a on true
      ),
      -- Once a tenant: to look for them takes longer than to compare a row.
      gap as materialized (
        select u.tenant_id, g.period
        from (
          select distinct r.tenant_id
          from traced as r
          where r.operation is null
        ) as u
        cross join lateral comply_private.lawful_gaps('audit_trail', u.tenant_id) as g
      ),
      compared as materialized (
        select
          r.tenant_id,
          r.id,
          case
            when r.operation is null and exists (
              select
              from gap as g
              where g.tenant_id = r.tenant_id
                and (r.row_now ->> 'created_at')::timestamptz >= g.period
                and (r.row_now ->> 'created_at')::timestamptz < g.period + interval '1 month'
            ) then null
            when r.operation is null or r.operation in ('DELETE', 'TRUNCATE') then 'record_unaudited'
            when r.new_values is not null
              and r.row_now::text <> (r.new_values - 'updated_at')::text
              and exists (
                -- A column that a deployment added or dropped since is no difference.
                select
                from jsonb_object_keys(r.row_now) as n (name)
                where r.new_values ? n.name
                  and (r.row_now -> n.name)::text <> (r.new_values -> n.name)::text
              ) then 'record_differs'
          end as problem
        from traced as r
      )
      select
        d.tenant_id,
        sum(d.problems)::bigint,
        jsonb_object_agg(d.problem, d.problems),
        (array_agg(d.example order by d.example))[1:20]
      from (
        select c.tenant_id, c.problem, count(*) as problems, min(c.id::text)::uuid as example
        from compared as c
        where c.problem is not null
        group by c.tenant_id, c.problem
      ) as d
      group by d.tenant_id
      union all
      select null, count(*), null, null
      from compared as c
      having count(c.problem) = 0
    $q$,
    record_damage.table_name)
  using
    record_damage.table_name,
    least(100.0, 100.0 * record_damage.pages * current_setting('block_size')::integer
                 / greatest(comply_private.table_bytes(record_damage.table_name), 1))::real;
end;
$$;

comment on function comply_private.record_damage(text, integer) is
  'Compare the rows of a table with the trail; pages: of so many of its pages only, and without looking for what '
  'vanished. Return a row a tenant with problems, of each kind how many and the keys of some; or one row without a '
  'tenant: how many rows were compared.';

revoke execute on function comply_private.record_damage(text, integer) from public;
