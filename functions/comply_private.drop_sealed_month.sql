-- What is destroyed is first compared with what was sealed, under the lock that destroys it, so that a certificate
-- never covers up for a damage. The headers stay; the leaf index, which holds ids, goes with the rows.
create or replace function comply_private.drop_sealed_month(stream text, period timestamptz, basis text)
returns bigint
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
declare
  v_partition regclass;
  v_item      record;
  v_obstacle  text;
  v_rows      bigint;
  v_id_head   text := comply_private.audit_id_head((date_part('epoch', clock_timestamp()) * 1000000)::bigint);
  v_id_tail   text := comply_private.audit_id_tail();
begin
  perform comply_private.lock_holds();

  perform
  from comply_private.ledger_state as s
  for update;

  select i.inhrelid
  into v_partition
  from pg_inherits as i
  where i.inhparent = to_regclass('comply.' || drop_sealed_month.stream)
    and lower(comply_private.partition_range(i.inhrelid)) = drop_sealed_month.period;

  -- Against writers; who reads is kept out at the end, for as long as it takes to drop.
  if found then
    execute format('lock table %s in share row exclusive mode', v_partition);
  end if;

  select i.*
  into v_item
  from comply.retention_items as i
  where i.table_name = drop_sealed_month.stream
    and i.month = drop_sealed_month.period
    and i.state = 'grace';

  v_obstacle := case
    when v_partition is null then 'it has no partition'
    when drop_sealed_month.period + interval '1 month' > comply.now() then 'it is not over'
    when exists (
      select
      from comply_private.uncovered_months(drop_sealed_month.stream) as u
      where u.period = drop_sealed_month.period
    ) or exists (
      select
      from comply_private.unmatched_leaves(drop_sealed_month.stream, drop_sealed_month.period)
    ) or exists (
      select
      from comply_private.damaged_indexes(drop_sealed_month.stream) as d
      where d.period = drop_sealed_month.period
    ) then 'its rows are not what was sealed: see comply.verify_audit()'
    when (
      select coalesce(max(b.pass_no), 0)
      from comply.ledger_blocks as b
      where b.stream = drop_sealed_month.stream
        and b.period = drop_sealed_month.period
    ) > (
      select coalesce(max(c.pass_no), 0)
      from comply.ledger_checkpoints as c
    ) then 'no checkpoint covers it'
    else (
      select format('tenant %s is held for %s', h.tenant, h.matter)
      from (
        select
          e.tenant,
          comply_private.held(
            e.tenant, drop_sealed_month.period, drop_sealed_month.period + interval '1 month') as matter
        from comply_private.month_evidence(drop_sealed_month.stream, drop_sealed_month.period) as e
      ) as h
      where h.matter is not null
      order by h.tenant
      limit 1
    )
  end;

  if v_obstacle is not null then
    raise exception '% of % is not destroyed: %', to_char(drop_sealed_month.period, 'YYYY-MM'),
      drop_sealed_month.stream, v_obstacle
      using errcode = 'PC232',
            hint    = 'Pass the beginning of a month that is over and not held, after comply.seal_audit() and '
                      'comply.checkpoint().';
  end if;

  with certified as (
    insert into comply.destruction_certificates (
      tenant_id, table_name, covers_from, covers_until, rows_destroyed, content_hash, basis, item_id, verdict, rule,
      rows_kept, archive_ids, key_ids, planned_by, approved_by, hold_checked_at)
    select
      e.tenant, drop_sealed_month.stream, drop_sealed_month.period, drop_sealed_month.period + interval '1 month',
      e.leaves, e.content_hash, coalesce(s.basis, drop_sealed_month.basis), v_item.id, 'DROP', s.rule, 0,
      case when s.archive_id is not null then array[s.archive_id] end, a.key_ids, v_item.planned_by,
      v_item.approved_by, comply_private.clock()
    from comply_private.month_evidence(drop_sealed_month.stream, drop_sealed_month.period) as e
    left join comply.retention_slices as s on s.tenant_id = e.tenant and s.item_id = v_item.id
    left join comply.archives as a on a.tenant_id = s.tenant_id and a.id = s.archive_id
    returning rows_destroyed
  )
  select coalesce(sum(c.rows_destroyed), 0)
  into v_rows
  from certified as c;

  -- Certificates and redactions count while the trail tells of them, so what tells of earlier ones is told again.
  if drop_sealed_month.stream = 'audit_trail' then
    insert into comply.audit_trail (
      tenant_id, id, "timestamp", table_name, record_id, operation, user_id, active_role, actor, new_values,
      transaction_id)
    select
      a.tenant_id,
      (v_id_head || lpad(to_hex(row_number() over ()), 7, '0') || v_id_tail)::uuid,
      comply_private.clock(), a.table_name, a.record_id, a.operation, session_user,
      nullif(current_setting('role'), 'none'), comply.current_actor(), a.new_values, pg_current_xact_id()
    from comply.audit_trail as a
    where a."timestamp" >= drop_sealed_month.period
      and a."timestamp" < drop_sealed_month.period + interval '1 month'
      and (a.table_name, a.operation) in (('destruction_certificates', 'INSERT'), ('audit_trail', 'REDACT'));
  end if;

  delete from comply_private.ledger_leaves as l
  where l.stream = drop_sealed_month.stream
    and l.period = drop_sealed_month.period;

  perform comply_private.with_short_locks(
    format('alter table comply.%I detach partition %s', drop_sealed_month.stream, v_partition));
  execute format('drop table %s', v_partition);
  return v_rows;
end;
$$;

comment on function comply_private.drop_sealed_month(text, timestamptz, text) is
  'Destroy a month of a sealed stream under one certificate a tenant; return how many rows. Raises PC232.';

revoke execute on function comply_private.drop_sealed_month(text, timestamptz, text) from public;
