-- Reads every tenant's rows, which callers cannot, so it has the owner's rights; it is granted to those who may see
-- all of the trail. The last image is looked for by id alone first: images are wide, and only one of each row is
-- wanted. The sample is drawn anew each time, or one would know which rows to leave alone.
-- A certificate excuses what it covers and what was last written before it, where the trail has it as it is now, and
-- where it counts at least as many rows; batches and erasures excuse nothing, as they leave a row for each row. A row
-- without an image could have been in any month.
create or replace function comply.verify_records(table_name text, sample double precision default 1)
returns table (problem text, tenant text, record_id uuid, detail text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set extra_float_digits = 1
set bytea_output = hex
set intervalstyle = iso_8601
set work_mem = '64MB'
set jit = off
as $$
#variable_conflict use_column
declare
  v_table text := comply.audited_table(verify_records.table_name);
begin
  if not coalesce(verify_records.sample > 0 and verify_records.sample <= 1, false) then
    raise exception 'sample % is no share of the rows', coalesce(verify_records.sample::text, 'null')
      using errcode = 'PC230',
            hint    = 'Pass a number above 0, up to 1 for every row.';
  end if;

  return query execute format(
    $q$
      with last as (
        select distinct on (a.record_id, a.tenant_id) a.tenant_id, a.record_id, a.id
        from comply.audit_trail as a
        where a.table_name = $1
          and ($2 = 1 or (uuid_hash_extended(a.record_id, $3) & 1073741823) < $2 * 1073741824)
        order by a.record_id, a.tenant_id, a.id desc
      ),
      image as (
        select a.tenant_id, a.record_id, a.operation, a.new_values, a."timestamp" as written_at
        from last as l
        join comply.audit_trail as a on a.tenant_id = l.tenant_id and a.id = l.id and a.record_id = l.record_id
      ),
      record as (
        select r.tenant_id, r.id, to_jsonb(r) as row_now
        from comply.%1$I as r
        where $2 = 1 or (uuid_hash_extended(r.id, $3) & 1073741823) < $2 * 1073741824
      ),
      compared as (
        select
          coalesce(r.tenant_id, i.tenant_id) as tenant_id,
          coalesce(r.id, i.record_id) as record_id,
          r.row_now,
          i.new_values,
          i.written_at,
          case
            when i.operation is null then 'record_unaudited'
            when i.operation in ('DELETE', 'TRUNCATE') and r.id is not null then 'record_unaudited'
            when i.operation not in ('DELETE', 'TRUNCATE') and r.id is null then 'record_vanished'
            when (r.row_now - 'updated_at')::text <> (i.new_values - 'updated_at')::text then 'record_differs'
          end as problem,
          i.operation
        from record as r
        full join image as i on i.record_id = r.id and i.tenant_id = r.tenant_id
      ),
      named as (
        select
          c.*,
          case c.problem
            when 'record_unaudited' then
              case when c.operation is null then 'the trail never had it' else 'the trail has it as deleted' end
            when 'record_vanished' then 'the trail has it as being there'
            when 'record_differs' then (
              -- A column that a deployment added or dropped since is no difference.
              select string_agg(n.name, ', ' order by n.name)
              from jsonb_object_keys(c.row_now) as n (name)
              where n.name <> 'updated_at'
                and c.new_values ? n.name
                and (c.row_now -> n.name)::text <> (c.new_values -> n.name)::text
            )
          end as detail
        from compared as c
        where c.problem is not null
      ),
      certificate as materialized (
        select d.*
        from comply.destruction_certificates as d
        where d.table_name = $1
          and (d.verdict in ('DROP', 'REWRITE') or d.verdict is null)
          and exists (
            select
            from comply.audit_trail as a
            where a.record_id = d.id
              and a.tenant_id = d.tenant_id
              and a.table_name = 'destruction_certificates'
              and a.operation = 'INSERT'
              and (
                a.new_values is null
                or jsonb_strip_nulls(a.new_values)::text = jsonb_strip_nulls(to_jsonb(d))::text
              )
          )
      ),
      excused as (
        select n.*, d.id as certificate_id, d.rows_destroyed
        from named as n
        left join lateral (
          select c.id, c.rows_destroyed
          from certificate as c
          where n.problem = 'record_vanished'
            and c.tenant_id = n.tenant_id
            and c.destroyed_at >= n.written_at
            and (
              n.new_values is null
              or (
                (n.new_values ->> 'timestamp')::timestamptz >= c.covers_from
                and (n.new_values ->> 'timestamp')::timestamptz < c.covers_until
              )
            )
          order by c.destroyed_at, c.id
          limit 1
        ) as d on true
      ),
      counted as (
        select
          e.*,
          e.certificate_id is not null and (
            $2 < 1
            or case
              when e.new_values is not null
                then count(*) filter (where e.new_values is not null) over (partition by e.certificate_id)
                     <= e.rows_destroyed
              else count(*) filter (where e.certificate_id is not null) over (partition by e.tenant_id) <= (
                select sum(c.rows_destroyed)
                from certificate as c
                where c.tenant_id = e.tenant_id
              )
            end
          ) as is_lawful
        from excused as e
      ),
      -- Once a tenant: to look for them takes longer than to compare a row.
      gap as materialized (
        select t.tenant_id, g.period
        from (
          select distinct u.tenant_id
          from counted as u
          where u.operation is null
        ) as t
        cross join lateral comply_private.lawful_gaps('audit_trail', t.tenant_id) as g
      )
      select n.problem, n.tenant_id, n.record_id, n.detail
      from counted as n
      where n.detail is not null
        and n.is_lawful is not true
        and not exists (
          select
          from gap as g
          where g.tenant_id = n.tenant_id
            and n.operation is null
            and (n.row_now ->> 'created_at')::timestamptz >= g.period
            and (n.row_now ->> 'created_at')::timestamptz < g.period + interval '1 month'
        )
    $q$,
    v_table)
  using v_table, verify_records.sample, (random() * 9e18)::bigint;
end;
$$;

comment on function comply.verify_records(text, double precision) is
  'Compare the rows of a table, or a random share of them, with their last images in the trail; return one row a '
  'problem: record_differs with its columns, record_vanished, record_unaudited. Raises PC201, PC230.';

revoke execute on function comply.verify_records(text, double precision) from public;
grant  execute on function comply.verify_records(text, double precision)
  to comply_auditor, comply_admin, comply_operator;
