-- Destroys rows of every tenant, which callers cannot, so it has the owner's rights; it decides by what is planned,
-- approved and archived alone. One step a call and a transaction: whatever ends the server between two, the next call
-- goes on. Whoever else works at the item is not waited for.
create or replace function comply.advance_retention(item uuid)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
set lock_timeout = '3s'
as $$
declare
  v_item     comply.retention_items;
  v_kind     text;
  v_obstacle text;
  v_waits    text;
  v_state    text;
  v_done     boolean;
  v_detached regclass;
  v_rows     bigint;
begin
  select i.*
  into v_item
  from comply.retention_items as i
  where i.id = advance_retention.item
    and i.state not in ('dropped', 'refused')
  for update skip locked;

  if not found then
    return false;
  end if;

  if v_item.state in ('verified', 'grace') then
    perform comply_private.lock_holds();
  end if;

  v_obstacle := comply_private.item_obstacle(v_item.id);

  if v_obstacle is not null then
    perform comply_private.refuse_item(v_item.id, v_obstacle);
    return true;
  end if;

  select t.kind
  into v_kind
  from comply_private.retained_tables() as t
  where t.table_name = v_item.table_name;

  if v_item.approved_by = session_user then
    v_waits := 'for another login than the one that approved it';

  elsif v_item.state = 'planned' then
    if v_item.needs_approval then
      v_waits := 'for comply.approve_retention()';
    else
      v_state := 'approved';
    end if;

  elsif v_item.state = 'approved' then
    update comply.retention_slices as s
    set archive_id = comply_private.slice_archive(s.tenant_id, v_item.table_name, s.covers_from, s.covers_until),
        updated_at = comply.now()
    where s.item_id = v_item.id
      and s.action = 'archive'
      and s.archive_id is distinct from comply_private.slice_archive(
        s.tenant_id, v_item.table_name, s.covers_from, s.covers_until);

    select format('for archives of %s slice(s): comply-db archive --due', count(*))
    into v_waits
    from comply.retention_slices as s
    where s.item_id = v_item.id
      and s.action = 'archive'
      and s.archive_id is null
    having count(*) > 0;

    if not found then
      v_state := 'archived';
    end if;

  elsif v_item.state = 'archived' then
    select format('for %s archive(s) to be verified', count(*))
    into v_waits
    from comply.retention_slices as s
    join comply.archives as a on a.tenant_id = s.tenant_id and a.id = s.archive_id
    where s.item_id = v_item.id
      and a.verified_at is null
    having count(*) > 0;

    if not found then
      -- Of a month that stays where it is until it is dropped: what tells then whether it was changed.
      if v_kind = 'sealed' then
        update comply.retention_items as i
        set mark = comply_private.month_mark(v_item.table_name, v_item.month)
        where i.id = v_item.id;
      end if;

      v_obstacle := case
        when v_item.verdict = 'REWRITE' then comply_private.copy_survivors(v_item.id)
        when v_item.verdict = 'BATCH' then comply_private.plan_batches(v_item.id)
        when exists (
          select
          from comply.retention_slices as s
          where s.item_id = v_item.id
            and s.action = 'archive'
        ) then comply_private.judge_slices(v_item.id, to_regclass('comply.' || v_item.table_name))
      end;
      v_state := 'verified';
    end if;

  elsif v_item.state = 'verified' and v_item.verdict = 'REWRITE' then
    v_done := comply_private.swap_survivors(v_item.id);

    if v_done then
      v_state := 'dropped';
    elsif exists (
      select
      from comply.retention_slices as s
      where s.item_id = v_item.id
        and s.archive_id is not null
    ) then
      v_obstacle := 'rows were changed since they were archived';
    else
      -- The month is not as cold as it looked: the next run copies it again.
      execute format('drop table %s', comply_private.detached_month(v_item.table_name, v_item.month));
      v_waits := 'for nobody to change rows of it';
    end if;

  elsif v_item.state = 'verified' and v_item.verdict = 'BATCH' then
    v_done := comply_private.delete_batch(v_item.id);

    if v_done is null then
      v_state := 'dropped';
    elsif not v_done then
      v_obstacle := 'rows were changed since they were verified';
    end if;

  elsif v_item.state = 'verified' and v_kind = 'sealed' then
    v_state := 'grace';

  elsif v_item.state = 'verified' then
    perform comply_private.take_out_month(v_item.table_name, v_item.month);
    v_state := 'detached';

  elsif v_item.state = 'detached' then
    v_detached := comply_private.detached_month(v_item.table_name, v_item.month)::regclass;
    perform comply_private.bound_month(v_item.table_name, v_item.month);
    execute format('alter table %s no force row level security', v_detached);
    v_obstacle := comply_private.judge_slices(v_item.id, v_detached);
    execute format('select count(*) from %s', v_detached) into v_rows;
    execute format('alter table %s force row level security', v_detached);

    if v_obstacle is null and v_rows <> (
      select coalesce(sum(s.row_count), 0)
      from comply.retention_slices as s
      where s.item_id = v_item.id
    ) then
      v_obstacle := 'it has rows that were not planned for';
    end if;

    v_state := 'grace';

  elsif comply.now() < v_item.grace_until then
    v_waits := format('until %s', v_item.grace_until);

  elsif v_kind = 'sealed' then
    begin
      execute format('lock table %s in share row exclusive mode',
                     comply_private.month_partition(v_item.table_name, v_item.month));

      if v_item.mark = comply_private.month_mark(v_item.table_name, v_item.month) then
        perform comply_private.drop_sealed_month(v_item.table_name, v_item.month, 'retention');
        v_state := 'dropped';
      else
        v_obstacle := 'rows were changed since they were verified';
      end if;
    exception
      when sqlstate 'PC232' then
        get stacked diagnostics v_waits = message_text;
    end;

  else
    perform comply_private.certify_slices(v_item.id);
    execute format('drop table %s', comply_private.detached_month(v_item.table_name, v_item.month));
    v_state := 'dropped';
  end if;

  if v_obstacle is not null then
    perform comply_private.refuse_item(v_item.id, v_obstacle);
    return true;
  end if;

  update comply.retention_items as i
  set state = coalesce(v_state, case when not v_done then 'approved' else i.state end),
      reason = case when v_waits is not null then format('waits %s', v_waits) end,
      archived_at = case when v_state = 'archived' then comply_private.clock() else i.archived_at end,
      verified_at = case when v_state = 'verified' then comply_private.clock() else i.verified_at end,
      detached_at = case when v_state = 'detached' then comply_private.clock() else i.detached_at end,
      grace_until = case when v_state = 'grace' then comply.now() + g.grace else i.grace_until end,
      finished_at = case when v_state = 'dropped' then comply_private.clock() end,
      executed_by = case when v_waits is null then session_user else i.executed_by end
  from comply_private.retention_settings as g
  where i.id = v_item.id;

  return v_state is not null or coalesce(v_done, false);
end;
$$;

comment on function comply.advance_retention(uuid) is
  'Move an item of retention on by one step; true if it moved, false if it waits, is finished or is somebody else''s '
  'at the moment. What destroys is meant to call comply.enforce_retention() instead, which ends each step with its '
  'transaction. Raises PC308.';

revoke execute on function comply.advance_retention(uuid) from public;
grant  execute on function comply.advance_retention(uuid) to comply_admin, comply_operator;
