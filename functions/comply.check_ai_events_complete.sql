-- Looks at what callers cannot all see, so it has the owner's rights; it shows no row of a tenant.
create or replace function comply.check_ai_events_complete()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
begin
  return query
  -- Of all tenants at once, as a probe a record and month took longer for a thousand tenants than to read the tables.
  with drawn as materialized (
    select s.*
    from comply.tenant_configs as c
    cross join lateral (
      select t.tenant_id, t.id, t.correlation_id, t.detector_type, t.model_version
      from comply.storage_records as t
      where t.tenant_id = c.tenant_id
        and t."timestamp" >= comply.now() - interval '90 days'
        and t."timestamp" <= comply.now()
      order by t."timestamp" desc, t.id desc
      limit 200
    ) as s
  ),
  executed as (
    select s.tenant_id, count(*) as records
    from drawn as s
    where exists (
      select
      from comply.detector_executions as x
      where x.tenant_id = s.tenant_id
        and x.correlation_id = s.correlation_id
        and x.detector_type = s.detector_type
        and x.model_version = s.model_version
    )
    group by s.tenant_id
  ),
  verified as (
    select s.tenant_id, count(*) as records
    from drawn as s
    where exists (
      select
      from comply.decision_reviews as v
      where v.tenant_id = s.tenant_id
        and v.record_id = s.id
    )
    group by s.tenant_id
  )
  select f.*
  from comply_private.findings_of(
    'ai_events_complete',
    'each has an execution, a reference and a match',
    'tenants',
    array(
      select (
        r.tenant_id,
        case
          when x.records > 0
            or exists (select from comply.detector_executions as e where e.tenant_id = r.tenant_id)
            then r.records = coalesce(x.records, 0)
        end,
        jsonb_build_object(
          'records', r.records,
          'without_execution', r.records - coalesce(x.records, 0),
          'verified', coalesce(v.records, 0)),
        r.tenant_id
      )::comply_private.judged
      from (
        select s.tenant_id, count(*) as records
        from drawn as s
        group by s.tenant_id
      ) as r
      left join executed as x on x.tenant_id = r.tenant_id
      left join verified as v on v.tenant_id = r.tenant_id
    )) as f;
end;
$$;

comment on function comply.check_ai_events_complete() is
  'Check that of the newest 200 records of each tenant it is on record when the use began and ended, what '
  'was compared with what, and what matched. A tenant without any execution logs that elsewhere: that is for '
  'a person to judge.';

revoke execute on function comply.check_ai_events_complete() from public;
grant  execute on function comply.check_ai_events_complete() to comply_auditor, comply_admin, comply_operator;
