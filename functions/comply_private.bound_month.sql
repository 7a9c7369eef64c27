-- With this constraint, which says that the timestamp is not null, attaching need not scan. Not under a lock that
-- anybody waits for: the month is out of its table.
create or replace function comply_private.bound_month(table_name text, month timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $$
declare
  v_detached regclass := comply_private.detached_month(bound_month.table_name, bound_month.month)::regclass;
begin
  if exists (
    select
    from pg_constraint as k
    where k.conrelid = v_detached
      and k.conname = 'detached_month_check'
  ) then
    return;
  end if;

  execute format(
    'alter table %s add constraint detached_month_check check ("timestamp" is not null and "timestamp" >= %L and '
    '"timestamp" < %L)',
    v_detached, bound_month.month, bound_month.month + interval '1 month');
end;
$$;

comment on function comply_private.bound_month(text, timestamptz) is
  'Give a month that is out of its table the constraint with which it can come back at once. Idempotent.';

revoke execute on function comply_private.bound_month(text, timestamptz) from public;
