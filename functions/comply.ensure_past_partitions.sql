-- Creates tables, which callers cannot, so it has the owner's rights. Services may call it, because a load of
-- old records needs their months; ten years bound what a mistaken clock can make.
create or replace function comply.ensure_past_partitions(
  table_name text,
  first_time timestamptz,
  last_time  timestamptz
)
returns setof text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $$
declare
  v_parent regclass;
begin
  select c.oid
  into v_parent
  from pg_partitioned_table as p
  join pg_class as c on c.oid = p.partrelid
  where c.relnamespace = 'comply'::regnamespace
    and c.relname = regexp_replace(ensure_past_partitions.table_name, '^comply\.', '')
    and c.relname <> 'audit_trail';

  if not found then
    raise exception 'table % takes no past months', quote_nullable(ensure_past_partitions.table_name)
      using errcode = 'PC104',
            hint    = 'Pass storage_records, detector_executions or model_metrics.';
  end if;

  if not coalesce(
    ensure_past_partitions.first_time <= ensure_past_partitions.last_time
    and ensure_past_partitions.first_time >= comply.now() - interval '10 years'
    and ensure_past_partitions.last_time < date_trunc('month', comply.now()) + interval '1 month',
    false)
  then
    raise exception 'times % to % are not in the last ten years',
      coalesce(ensure_past_partitions.first_time::text, 'null'),
      coalesce(ensure_past_partitions.last_time::text, 'null')
      using errcode = 'PC104',
            hint    = 'Correct the records'' times; months to come are made by comply.ensure_partitions(ahead).';
  end if;

  return query
  select made.name
  from generate_series(
    date_trunc('month', ensure_past_partitions.first_time),
    ensure_past_partitions.last_time,
    interval '1 month') as m (month)
  cross join lateral comply_private.make_partition(v_parent, m.month) as made (name)
  where made.name is not null;
end;
$$;

comment on function comply.ensure_past_partitions(text, timestamptz, timestamptz) is
  'Make the partitions of past months that records need; return the names of new ones. Idempotent. Locks the '
  'table against DDL until the transaction ends. Raises PC104.';

revoke execute on function comply.ensure_past_partitions(text, timestamptz, timestamptz) from public;
grant  execute on function comply.ensure_past_partitions(text, timestamptz, timestamptz)
  to comply_app, comply_admin, comply_operator;
