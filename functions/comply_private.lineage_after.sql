-- The other way round, from causes to effects. A model, a taxonomy or a load has effects by the million, so
-- of these only what was recorded is followed; comply.trace() lists what a load made.
create or replace function comply_private.lineage_after(nodes text[], tenant_id text)
returns table (tenant text, node text, relation text, source text, happened_at timestamptz, basis text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
#variable_conflict use_column
declare
  v_form    constant text := '^[a-z]+:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
  v_ids     uuid[];
  v_records uuid[];
  v_texts   text[];
  v_tenants text[];
  v_known   jsonb;
begin
  select
    coalesce(array_agg(split_part(n.name, ':', 2)::uuid) filter (where n.name ~ v_form), '{}'),
    array_agg(split_part(n.name, ':', 2)::uuid) filter (where n.name ~ v_form and n.name ~ '^record:'),
    array_agg(substr(n.name, 6)) filter (where n.name ~ '^text:[0-9a-f]{64}$')
  into v_ids, v_records, v_texts
  from unnest(lineage_after.nodes) as n (name);

  return query
  select e.tenant_id, e.node, e.relation, e.source, e.happened_at, 'event'
  from comply.lineage_events as e
  where e.source = any (lineage_after.nodes)
    and (lineage_after.tenant_id is null or e.tenant_id in (lineage_after.tenant_id, '_system'));

  -- Of a record that is gone, the trail has the time.
  if v_records is not null then
    select jsonb_agg(to_jsonb(k))
    into v_known
    from (
      select r.tenant_id, r.id, r."timestamp"
      from comply.storage_records as r
      where r.tenant_id = lineage_after.tenant_id
        and r.id = any (v_records)
      union
      select
        a.tenant_id, a.record_id,
        coalesce(a.new_values ->> 'timestamp', a.old_values ->> 'timestamp')::timestamptz
      from comply.audit_trail as a
      where a.record_id = any (v_records)
        and a.table_name = 'storage_records'
        and (lineage_after.tenant_id is null or a.tenant_id = lineage_after.tenant_id)
        and (a.new_values ? 'timestamp' or a.operation = 'DELETE' and a.old_values ? 'timestamp')
    ) as k;

    return query
    with known as materialized (
      select k.*
      from jsonb_to_recordset(v_known) as k (tenant_id text, id uuid, "timestamp" timestamptz)
    )
    select e.tenant_id, e.node, e.relation, 'record:' || k.id, e.happened_at, 'event'
    from known as k
    join comply.lineage_events as e
      on e.tenant_id in (k.tenant_id, '_system')
      and e.covers_from <= k."timestamp"
      and e.covers_until > k."timestamp"
    union
    select r.tenant_id, 'archive:' || r.id, 'wasDerivedFrom', 'record:' || k.id, r.archived_at, 'row'
    from known as k
    join comply.archives as r
      on r.tenant_id = k.tenant_id
      and r.table_name = 'storage_records'
      and r.covers_from <= k."timestamp"
      and r.covers_until > k."timestamp"
    union
    select v.tenant_id, 'review:' || v.id, 'wasDerivedFrom', 'record:' || k.id, v.reviewed_at, 'row'
    from known as k
    join comply.decision_reviews as v on v.tenant_id = k.tenant_id and v.record_id = k.id;

    if to_regclass('comply.reports') is not null then
      return query
      select distinct p.tenant_id, 'report:' || p.report_id, 'used', 'record:' || k.id, p.made_at, 'row'
      from jsonb_to_recordset(v_known) as k (tenant_id text, id uuid, "timestamp" timestamptz)
      join comply.reports as p
        on p.tenant_id in (k.tenant_id, '_system')
        and p.period_from <= k."timestamp"
        and p.period_to > k."timestamp"
        and p.made_at >= k."timestamp";
    end if;
  end if;

  if to_regclass('comply.reports') is not null then
    return query
    select p.tenant_id, format('file:%s/%s', p.location, p.file_name), 'wasGeneratedBy', 'report:' || p.report_id,
           p.made_at, 'row'
    from comply.reports as p
    where p.report_id = any (v_ids)
      and 'report:' || p.report_id = any (lineage_after.nodes)
      and (lineage_after.tenant_id is null or p.tenant_id in (lineage_after.tenant_id, '_system'));
  end if;

  return query
  select b.tenant_id, 'restore:' || b.id, 'used', 'archive:' || b.archive_id, b.restored_at, 'row'
  from comply.restores as b
  where b.archive_id = any (v_ids)
    and 'archive:' || b.archive_id = any (lineage_after.nodes)
    and (lineage_after.tenant_id is null or b.tenant_id = lineage_after.tenant_id);

  return query
  select d.tenant_id, 'destruction:' || d.id, 'used', 'archive:' || i.id, d.destroyed_at, 'row'
  from comply.destruction_certificates as d
  cross join lateral unnest(d.archive_ids) as i (id)
  where d.archive_ids && v_ids
    and 'archive:' || i.id = any (lineage_after.nodes)
    and (lineage_after.tenant_id is null or d.tenant_id = lineage_after.tenant_id);

  -- Keys begin with the tenant, so who asks for all of them asks for each.
  if v_texts is not null then
    v_tenants := array(
      select c.tenant_id
      from comply.tenant_configs as c
      where lineage_after.tenant_id is null
         or c.tenant_id = lineage_after.tenant_id
    );

    return query
    select r.tenant_id, 'record:' || r.id, 'wasDerivedFrom', 'text:' || r.source_data_hash, r."timestamp", 'row'
    from comply.storage_records as r
    where r.tenant_id = any (v_tenants)
      and r.source_data_hash = any (v_texts);
  end if;

  return query
  select r.tenant_id, 'record:' || r.id, 'wasGeneratedBy', 'execution:' || x.id, x."timestamp", 'row'
  from comply.detector_executions as x
  join comply.storage_records as r
    on r.tenant_id = x.tenant_id
    and r.correlation_id = x.correlation_id
    and r.detector_type = x.detector_type
    and r.model_version = x.model_version
  where x.tenant_id = lineage_after.tenant_id
    and x.id = any (array(
      select split_part(n.name, ':', 2)::uuid
      from unnest(lineage_after.nodes) as n (name)
      where n.name ~ v_form
        and n.name ~ '^execution:'
    ));

  if exists (select from unnest(lineage_after.nodes) as n (name) where n.name ~ '^column:') then
    return query
    select '_system', l.node, 'wasDerivedFrom', l.source, null::timestamptz, 'catalog'
    from (
      select
        format('column:%s.%s.%s', c.view_schema, c.view_relation, c.view_column),
        format('column:%s.%s.%s', c.table_schema, c.table_name, c.column_name)
      from comply.column_lineage() as c
    ) as l (node, source)
    where l.source = any (lineage_after.nodes);
  end if;
end;
$$;

comment on function comply_private.lineage_after(text[], text) is
  'Return what goes back to nodes of the lineage, by one step.';

revoke execute on function comply_private.lineage_after(text[], text) from public;
