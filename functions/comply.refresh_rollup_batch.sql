-- Writes rollups, which callers cannot, so it has the owner's rights. Never waits: who finds the lock of rollup_state
-- taken leaves the work to its holder. Which partitions there are is read by a statement of its own, before the rows,
-- so a partition that changes meanwhile is found to differ by the next call.
create or replace function comply.refresh_rollup_batch(batch_rows integer default 100000)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_month record;
begin
  if coalesce(refresh_rollup_batch.batch_rows, 0) not between 1 and 10000000 then
    raise exception 'a batch of % changes cannot be counted', coalesce(refresh_rollup_batch.batch_rows::text, 'null')
      using errcode = 'PC622',
            hint    = 'Pass 1 to 10,000,000.';
  end if;

  perform
  from comply_private.rollup_state as s
  for update skip locked;

  if not found then
    return false;
  end if;

  select m.*
  into v_month
  from comply_private.stale_rollup_months() as m
  order by m.month desc
  limit 1;

  if found then
    perform comply_private.count_month(v_month.month);

    delete from comply_private.rollup_months as m
    where m.month = v_month.month;

    insert into comply_private.rollup_months (month, partition, filenode)
    select v_month.month, v_month.partition, v_month.filenode
    where v_month.partition is not null;

    return true;
  end if;

  if comply_private.count_changes(refresh_rollup_batch.batch_rows) >= refresh_rollup_batch.batch_rows then
    return true;
  end if;

  -- Its snapshot is not older than the transaction.
  update comply_private.rollup_state as s
  set refreshed_at = comply.now();

  return false;
end;
$$;

comment on function comply.refresh_rollup_batch(integer) is
  'Count the newest month whose partition is another than was counted, or up to a number of changes; return whether '
  'there may be more. Raises PC622.';

revoke execute on function comply.refresh_rollup_batch(integer) from public;
grant  execute on function comply.refresh_rollup_batch(integer) to comply_admin, comply_operator;
