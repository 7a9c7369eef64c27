-- Creates tables, which callers cannot, so it has the owner's rights. There is no default partition: a month
-- that is missing when it begins stops every insert, which comply.health() says long before.
create or replace function comply.ensure_partitions(ahead integer default 3)
returns setof text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
declare
  v_made integer := 0;
  v_name text;
begin
  if coalesce(ensure_partitions.ahead, -1) not between 0 and 120 then
    raise exception 'ahead % is out of range', coalesce(ensure_partitions.ahead::text, 'null')
      using errcode = 'PC104',
            hint    = 'Pass the number of months to make after the current one, 0 to 120.';
  end if;

  for v_name in
    select comply_private.make_partition(p.partrelid, m.month)
    from pg_partitioned_table as p
    join pg_class as c on c.oid = p.partrelid
    cross join generate_series(
      date_trunc('month', comply.now()),
      date_trunc('month', comply.now()) + make_interval(months => ensure_partitions.ahead),
      interval '1 month') as m (month)
    where c.relnamespace = 'comply'::regnamespace
    order by c.relname, m.month
  loop
    if v_name is not null then
      v_made := v_made + 1;
      return next v_name;
    end if;
  end loop;

  insert into comply_private.maintenance_runs (task, ran_at, result)
  values ('comply.ensure_partitions', comply.now(), format('%s partition(s) made', v_made))
  on conflict on constraint maintenance_runs_pkey do update
  set ran_at = excluded.ran_at,
      result = excluded.result;
end;
$$;

comment on function comply.ensure_partitions(integer) is
  'Make the partitions of this month and some ahead, in every table; return the names of new ones. Idempotent. '
  'Locks each table against DDL until the transaction ends. Raises PC104.';

revoke execute on function comply.ensure_partitions(integer) from public;
grant  execute on function comply.ensure_partitions(integer) to comply_admin, comply_operator;
