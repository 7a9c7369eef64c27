-- Counts what callers cannot see, so it has the owner's rights; it returns a number of blocks. Whoever counts holds the
-- row of activity_state, and others leave it to that one. Only rows of sealed blocks are counted, which are final. Of
-- rows of the database's earlier lives, whose transaction ids may be as high, the ids are lower.
create or replace function comply.count_activity(block_limit bigint default 1000)
returns bigint
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_head   record;
  v_state  comply_private.ledger_state;
  v_blocks bigint := 0;
begin
  perform
  from comply_private.activity_state as s
  for update skip locked;

  if not found then
    return 0;
  end if;

  select s.*
  into v_state
  from comply_private.ledger_state as s;

  for v_head in
    select h.tenant_id, h.stream, coalesce(a.blocks, 0) as counted, h.blocks
    from comply_private.ledger_heads as h
    left join comply_private.activity_heads as a on a.tenant_id = h.tenant_id and a.stream = h.stream
    where h.blocks > coalesce(a.blocks, 0)
    order by h.tenant_id, h.stream
  loop
    exit when v_blocks >= count_activity.block_limit;

    v_head.blocks := least(v_head.blocks, v_head.counted + count_activity.block_limit - v_blocks);
    v_blocks := v_blocks + v_head.blocks - v_head.counted;

    execute format(
      $q$
        insert into comply_private.activity_days as d (
          tenant_id, day, table_name, operation, user_id, active_role, row_count)
        select $1, r."timestamp"::date, r.table_name, %2$I, r.user_id, coalesce(r.active_role, ''), count(*)
        from comply.ledger_blocks as b
        cross join (values ('SELECT')) as s (reading)
        cross join lateral (
          select t.*
          from comply.%1$I as t
          where t.tenant_id = $1
            and t."timestamp" >= b.period
            and t."timestamp" < b.period + interval '1 month'
            and (t.transaction_id, t.id) >= (b.first_transaction_id, b.first_id)
            and (t.transaction_id, t.id) <= (b.last_transaction_id, b.last_id)
            and (t.id >= $5) = (b.incarnation = $6)
        ) as r
        where b.tenant_id = $1
          and b.stream = $2
          and b.block_no >= $3
          and b.block_no < $4
        group by 2, 3, 4, 5, 6
        on conflict on constraint activity_days_pkey do update
        set row_count = d.row_count + excluded.row_count
      $q$,
      v_head.stream, case v_head.stream when 'access_log' then 'reading' else 'operation' end)
    using v_head.tenant_id, v_head.stream, v_head.counted, v_head.blocks, v_state.began_with, v_state.incarnation;

    insert into comply_private.activity_heads as a (tenant_id, stream, blocks)
    values (v_head.tenant_id, v_head.stream, v_head.blocks)
    on conflict on constraint activity_heads_pkey do update
    set blocks = excluded.blocks;
  end loop;

  if v_blocks < count_activity.block_limit then
    update comply_private.activity_state as s
    set counted_to = v_state.sealed_at
    where s.counted_to is distinct from v_state.sealed_at;
  end if;

  return v_blocks;
end;
$$;

comment on function comply.count_activity(bigint) is
  'Count the changes and reads of blocks that were sealed since the last call, up to a number of blocks, for '
  'comply.report(); return how many, 0 where there are none or another session counts them. Idempotent.';

revoke execute on function comply.count_activity(bigint) from public;
grant  execute on function comply.count_activity(bigint) to comply_admin, comply_operator;
