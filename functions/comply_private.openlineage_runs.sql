-- Everything that happened in a span of time, as runs: what was recorded, and what archives, restores,
-- certificates and erasures tell of themselves. Rows that a rule destroyed are a month dropped, or a table
-- written over without them.
create or replace function comply_private.openlineage_runs(
  from_time timestamptz,
  to_time   timestamptz,
  namespace text,
  tenant_id text
)
returns table (happened_at timestamptz, run_id uuid, job text, tenant text, inputs jsonb, outputs jsonb)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
#variable_conflict use_column
begin
  return query
  select
    min(e.happened_at),
    e.activity_id,
    e.activity,
    e.tenant_id,
    coalesce(
      jsonb_agg(distinct comply_private.openlineage_dataset(e.source, openlineage_runs.namespace))
        filter (where e.relation = 'used'), '[]'),
    coalesce(
      jsonb_agg(distinct comply_private.openlineage_dataset(e.node, openlineage_runs.namespace))
        filter (where e.relation = 'wasGeneratedBy'), '[]')
      || case when e.activity = 'load'
           then jsonb_build_array(
             comply_private.openlineage_dataset('table:storage_records', openlineage_runs.namespace))
           else '[]'
         end
  from comply.lineage_events as e
  where e.happened_at >= openlineage_runs.from_time
    and e.happened_at < openlineage_runs.to_time
    and (openlineage_runs.tenant_id is null or e.tenant_id = openlineage_runs.tenant_id)
  group by e.tenant_id, e.activity_id, e.activity;

  return query
  select
    a.archived_at, a.id, 'archive', a.tenant_id,
    jsonb_build_array(
      comply_private.openlineage_dataset('table:' || a.table_name, openlineage_runs.namespace)),
    jsonb_build_array(jsonb_build_object(
      'namespace', a.sink || ':' || a.location,
      'name', a.object_name,
      'outputFacets', jsonb_build_object('outputStatistics', comply_private.openlineage_facet(
        'OutputStatisticsOutputDatasetFacet', '1-0-2',
        jsonb_build_object('rowCount', a.row_count, 'size', a.object_bytes)))))
  from comply.archives as a
  where a.archived_at >= openlineage_runs.from_time
    and a.archived_at < openlineage_runs.to_time
    and (openlineage_runs.tenant_id is null or a.tenant_id = openlineage_runs.tenant_id);

  return query
  select
    r.restored_at, r.id, case when r.is_drill then 'restore_drill' else 'restore' end, r.tenant_id,
    jsonb_build_array(jsonb_build_object('namespace', a.sink || ':' || a.location, 'name', a.object_name)),
    case when r.is_drill or r.problem is not null then '[]' else
      jsonb_build_array(
        comply_private.openlineage_dataset(
          'table:' || case when r.attached_at is null then 'restored_rows' else a.table_name end,
          openlineage_runs.namespace)
        || jsonb_build_object('outputFacets', jsonb_build_object(
          'outputStatistics', comply_private.openlineage_facet(
            'OutputStatisticsOutputDatasetFacet', '1-0-2', jsonb_build_object('rowCount', r.row_count)))))
    end
  from comply.restores as r
  join comply.archives as a on a.tenant_id = r.tenant_id and a.id = r.archive_id
  where r.restored_at >= openlineage_runs.from_time
    and r.restored_at < openlineage_runs.to_time
    and (openlineage_runs.tenant_id is null or r.tenant_id = openlineage_runs.tenant_id);

  if to_regclass('comply.reports') is not null then
    return query
    select
      min(p.made_at), p.report_id, 'report', p.tenant_id,
      jsonb_build_array(comply_private.openlineage_dataset('table:storage_records', openlineage_runs.namespace)),
      jsonb_agg(
        jsonb_build_object('namespace', 'file', 'name', p.location || '/' || p.file_name)
        order by p.location, p.file_name)
    from comply.reports as p
    where p.made_at >= openlineage_runs.from_time
      and p.made_at < openlineage_runs.to_time
      and (openlineage_runs.tenant_id is null or p.tenant_id = openlineage_runs.tenant_id)
    group by p.tenant_id, p.report_id;
  end if;

  return query
  select
    d.destroyed_at, d.id, case d.verdict when 'ERASURE' then 'erasure' else 'retention' end, d.tenant_id,
    '[]'::jsonb,
    jsonb_build_array(
      comply_private.openlineage_dataset(
        'table:' || d.table_name
          || case when d.verdict = 'DROP' then to_char(d.covers_from, '"_"YYYY_MM') else '' end,
        openlineage_runs.namespace)
      || jsonb_build_object('facets', jsonb_build_object(
        'lifecycleStateChange', comply_private.openlineage_facet(
          'LifecycleStateChangeDatasetFacet', '1-0-1',
          jsonb_build_object(
            'lifecycleStateChange', case d.verdict when 'DROP' then 'DROP' else 'OVERWRITE' end)))))
  from comply.destruction_certificates as d
  where d.destroyed_at >= openlineage_runs.from_time
    and d.destroyed_at < openlineage_runs.to_time
    and (openlineage_runs.tenant_id is null or d.tenant_id = openlineage_runs.tenant_id);
end;
$$;

comment on function comply_private.openlineage_runs(timestamptz, timestamptz, text, text) is
  'Return what was done in a span of time with which data sets, for one tenant or all.';

revoke execute on function comply_private.openlineage_runs(timestamptz, timestamptz, text, text) from public;
