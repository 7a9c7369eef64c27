-- One statement, and so one snapshot: what it takes from the queue is all of what it sees of the hours that it counts
-- anew, so that no record is both counted and added. A month that is in no partition has no records, whatever was
-- added to it before it went. By index only, tenant and hour by tenant and hour, however many records there are.
create or replace function comply_private.count_changes(batch_rows integer)
returns bigint
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set work_mem = '64MB'
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
declare
  v_taken bigint;
begin
  with first as materialized (
    select
      c.ctid as place,
      c.tenant_id,
      c.hour,
      c.detector_type is null or not exists (
        select
        from comply_private.rollup_months as m
        where m.month = date_trunc('month', c.hour)
      ) as is_anew
    from comply_private.rollup_changes as c
    limit count_changes.batch_rows
  ), anew as materialized (
    select distinct f.tenant_id, f.hour
    from first as f
    where f.is_anew
  ), taken as (
    delete from comply_private.rollup_changes as c
    where c.ctid in (select f.place from first as f)
       or (c.tenant_id, c.hour) in (select a.tenant_id, a.hour from anew as a)
    returning c.*
  ), batch as (
    insert into comply_private.rollup_batch (
      tenant_id, hour, detector_type, model_version, labels, records, scored, confidence_sum, confidence_min,
      confidence_max)
    select
      t.tenant_id, t.hour, t.detector_type, t.model_version, t.labels, t.records, t.scored, t.confidence_sum,
      t.confidence_min, t.confidence_max
    from taken as t
    where (t.tenant_id, t.hour) not in (select a.tenant_id, a.hour from anew as a)
    union all
    select a.tenant_id, a.hour, null, null, null, null, null, null, null, null
    from anew as a
    union all
    select a.tenant_id, a.hour, r.*
    from anew as a
    cross join lateral (
      select
        s.detector_type, s.model_version, s.mapped_data -> 'labels' as labels, count(*), count(s.confidence_score),
        coalesce(sum(s.confidence_score::numeric), 0), min(s.confidence_score), max(s.confidence_score)
      from comply.storage_records as s
      where s.tenant_id = a.tenant_id
        and s."timestamp" >= a.hour
        and s."timestamp" < a.hour + interval '1 hour'
      group by s.detector_type, s.model_version, labels
    ) as r
  )
  select count(*)
  into v_taken
  from taken as t;

  perform comply_private.apply_rollup_batch();
  return v_taken;
end;
$$;

comment on function comply_private.count_changes(integer) is
  'Take up to a number of changes, and all others of the hours to be counted anew, and apply them; return how many. '
  'Waits for nobody.';

revoke execute on function comply_private.count_changes(integer) from public;
