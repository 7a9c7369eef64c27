-- Forgets which partitions are counted, which callers cannot, so it has the owner's rights.
create or replace function comply.recount_rollups(
  period_from  timestamptz default '-infinity',
  period_until timestamptz default 'infinity'
)
returns bigint
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
declare
  v_months bigint;
begin
  if coalesce(recount_rollups.period_from >= recount_rollups.period_until, true) then
    raise exception 'from % until % is no span', coalesce(recount_rollups.period_from::text, 'null'),
      coalesce(recount_rollups.period_until::text, 'null')
      using errcode = 'PC622',
            hint    = 'Pass two times, the earlier one first.';
  end if;

  update comply_private.rollup_months as m
  set filenode = 0
  where m.month < recount_rollups.period_until
    and m.month + interval '1 month' > recount_rollups.period_from;
  get diagnostics v_months = row_count;

  return v_months;
end;
$$;

comment on function comply.recount_rollups(timestamptz, timestamptz) is
  'Have the next comply.refresh_rollups() count every month of a span anew; return how many. For what '
  'comply.verify_rollups() finds. Waits for a refresh that is at work. Raises PC622.';

revoke execute on function comply.recount_rollups(timestamptz, timestamptz) from public;
grant  execute on function comply.recount_rollups(timestamptz, timestamptz) to comply_admin, comply_operator;
