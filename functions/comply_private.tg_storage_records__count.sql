-- Adds to a queue that callers cannot write, so it has the owner's rights. What was inserted is counted here, once a
-- statement, and only added later; what was changed or deleted cannot be taken off a minimum, so its hour is counted
-- anew, unless no column that counts was changed. As many rows go as come, so what differs is seen on either side.
create or replace function comply_private.tg_storage_records__count()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
begin
  if tg_op = 'INSERT' then
    insert into comply_private.rollup_changes (
      tenant_id, hour, detector_type, model_version, labels, records, scored, confidence_sum, confidence_min,
      confidence_max)
    select
      n.tenant_id, date_bin('1 hour', n."timestamp", '2000-01-01 00:00+00') as hour, n.detector_type, n.model_version,
      n.mapped_data -> 'labels' as labels, count(*), count(n.confidence_score),
      coalesce(sum(n.confidence_score::numeric), 0), min(n.confidence_score), max(n.confidence_score)
    from new_rows as n
    group by n.tenant_id, hour, n.detector_type, n.model_version, labels;

  elsif tg_op = 'UPDATE' then
    insert into comply_private.rollup_changes (tenant_id, hour)
    select distinct c.tenant_id, date_bin('1 hour', c."timestamp", '2000-01-01 00:00+00')
    from (
      select
        o.tenant_id, o."timestamp", o.detector_type, o.model_version, o.mapped_data -> 'labels', o.confidence_score,
        count(*)
      from old_rows as o
      group by 1, 2, 3, 4, 5, 6
      except
      select
        n.tenant_id, n."timestamp", n.detector_type, n.model_version, n.mapped_data -> 'labels', n.confidence_score,
        count(*)
      from new_rows as n
      group by 1, 2, 3, 4, 5, 6
    ) as c (tenant_id, "timestamp");

  else
    insert into comply_private.rollup_changes (tenant_id, hour)
    select distinct o.tenant_id, date_bin('1 hour', o."timestamp", '2000-01-01 00:00+00')
    from old_rows as o;
  end if;

  return null;
end;
$$;

comment on function comply_private.tg_storage_records__count() is
  'Trigger: tell the rollups which records a statement added, and of which hours it changed or deleted any.';

revoke execute on function comply_private.tg_storage_records__count() from public;
