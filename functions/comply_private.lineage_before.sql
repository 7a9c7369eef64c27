-- What nodes go back to, by one step. Most of it nobody has to record: records, the trail, archives,
-- restores, certificates and the catalog tell it themselves. tenant_id null: of every tenant, where a node
-- does not need one.
create or replace function comply_private.lineage_before(nodes text[], tenant_id text)
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
  v_tenants text[];
begin
  select
    coalesce(array_agg(split_part(n.name, ':', 2)::uuid), '{}'),
    array_agg(split_part(n.name, ':', 2)::uuid) filter (where n.name ~ '^record:')
  into v_ids, v_records
  from unnest(lineage_before.nodes) as n (name)
  where n.name ~ v_form;

  -- Keys begin with the tenant; the trail knows whose a record is without it.
  v_tenants := case
    when lineage_before.tenant_id is not null then array[lineage_before.tenant_id]
    else array(select distinct a.tenant_id from comply.audit_trail as a where a.record_id = any (v_ids))
  end;

  return query
  select e.tenant_id, e.node, e.relation, e.source, e.happened_at, 'event'
  from comply.lineage_events as e
  where e.node = any (lineage_before.nodes)
    and (lineage_before.tenant_id is null or e.tenant_id in (lineage_before.tenant_id, '_system'));

  if v_records is not null then
    return query
    select r.tenant_id, 'record:' || r.id, s.relation, s.source, r."timestamp", 'row'
    from comply.storage_records as r
    cross join lateral (
      values
        ('wasDerivedFrom', 'text:' || r.source_data_hash),
        ('wasDerivedFrom', 'taxonomy:' || r.taxonomy_version),
        ('wasAttributedTo', format('model:%s/%s', r.detector_type, r.model_version))
    ) as s (relation, source)
    where r.tenant_id = any (v_tenants)
      and r.id = any (v_records);

    return query
    select r.tenant_id, 'record:' || r.id, 'wasGeneratedBy', 'execution:' || x.id, x."timestamp", 'row'
    from comply.storage_records as r
    join comply.detector_executions as x
      on x.tenant_id = r.tenant_id
      and x.correlation_id = r.correlation_id
      and x.detector_type = r.detector_type
      and x.model_version = r.model_version
    where r.tenant_id = any (v_tenants)
      and r.id = any (v_records);

    return query
    select a.tenant_id, 'record:' || a.record_id, s.relation, s.source, a."timestamp", 'trail'
    from comply.audit_trail as a
    cross join lateral (
      select
        'wasGeneratedBy' as relation,
        coalesce(
          (select format('%s:%s', e.activity, e.activity_id)
           from comply.lineage_events as e
           where e.activity_id = a.correlation_id
             and e.tenant_id = a.tenant_id
           limit 1),
          (select 'restore:' || b.id
           from comply.restores as b
           where b.tenant_id = a.tenant_id
             and b.id = a.correlation_id),
          'request:' || a.correlation_id) as source
      where a.operation = 'INSERT'
        and a.correlation_id is not null
      union all
      select 'wasAttributedTo', 'agent:' || coalesce(a.actor, a.user_id)
      where a.operation = 'INSERT'
      union all
      select 'wasInvalidatedBy', coalesce(
        (select 'destruction:' || d.record_id
         from comply.audit_trail as d
         where d.tenant_id = a.tenant_id
           and d.transaction_id = a.transaction_id
           and d.table_name = 'destruction_certificates'
           and d.operation = 'INSERT'
         order by d.id
         limit 1),
        'agent:' || coalesce(a.actor, a.user_id))
      where a.operation in ('DELETE', 'TRUNCATE')
    ) as s
    where a.record_id = any (v_records)
      and a.table_name = 'storage_records'
      and (lineage_before.tenant_id is null or a.tenant_id = lineage_before.tenant_id);

    -- A month that went as a whole left no line for each of its rows.
    return query
    select distinct
      a.tenant_id, 'record:' || a.record_id, 'wasInvalidatedBy', 'destruction:' || d.id, d.destroyed_at, 'trail'
    from comply.audit_trail as a
    join comply.destruction_certificates as d
      on d.tenant_id = a.tenant_id
      and d.table_name = 'storage_records'
      and d.verdict = 'DROP'
      and d.covers_from <= (a.new_values ->> 'timestamp')::timestamptz
      and d.covers_until > (a.new_values ->> 'timestamp')::timestamptz
      and d.destroyed_at > a."timestamp"
    where a.record_id = any (v_records)
      and a.table_name = 'storage_records'
      and a.operation = 'INSERT'
      and (lineage_before.tenant_id is null or a.tenant_id = lineage_before.tenant_id)
      and not exists (
        select
        from comply.storage_records as r
        where r.tenant_id = a.tenant_id
          and r.id = a.record_id
      );
  end if;

  return query
  select x.tenant_id, 'execution:' || x.id, s.relation, s.source, x."timestamp", 'row'
  from comply.detector_executions as x
  cross join lateral (
    values
      ('used', format('model:%s/%s', x.detector_type, x.model_version)),
      ('wasAssociatedWith', 'detector:' || x.detector_type)
  ) as s (relation, source)
  where x.tenant_id = any (v_tenants)
    and x.id = any (array(
      select split_part(n.name, ':', 2)::uuid
      from unnest(lineage_before.nodes) as n (name)
      where n.name ~ v_form
        and n.name ~ '^execution:'
    ));

  return query
  select h.tenant_id, h.node, h.relation, h.source, h.happened_at, 'row'
  from (
    select
      a.tenant_id,
      'archive:' || a.id as node,
      'wasDerivedFrom' as relation,
      format(
        '%s:%s/%s', case a.table_name when 'storage_records' then 'records' else a.table_name end,
        comply_private.utc_text(a.covers_from), comply_private.utc_text(a.covers_until)) as source,
      a.archived_at as happened_at
    from comply.archives as a
    where a.id = any (v_ids)
    union all
    select a.tenant_id, 'archive:' || a.id, 'wasAttributedTo', 'agent:' || a.archived_by, a.archived_at
    from comply.archives as a
    where a.id = any (v_ids)
    union all
    select b.tenant_id, 'restore:' || b.id, 'used', 'archive:' || b.archive_id, b.restored_at
    from comply.restores as b
    where b.id = any (v_ids)
    union all
    select b.tenant_id, 'restore:' || b.id, 'wasAssociatedWith', 'agent:' || b.restored_by, b.restored_at
    from comply.restores as b
    where b.id = any (v_ids)
    union all
    select d.tenant_id, 'destruction:' || d.id, 'used', 'archive:' || i.id, d.destroyed_at
    from comply.destruction_certificates as d
    cross join lateral unnest(d.archive_ids) as i (id)
    where d.id = any (v_ids)
    union all
    select d.tenant_id, 'destruction:' || d.id, 'wasAssociatedWith', 'agent:' || p.login, d.destroyed_at
    from comply.destruction_certificates as d
    cross join lateral (
      select d.executed_by
      union
      select d.approved_by
    ) as p (login)
    where d.id = any (v_ids)
      and p.login is not null
    union all
    select e.tenant_id, 'erasure:' || e.id, 'wasAssociatedWith', 'agent:' || e.executed_by, e.shredded_at
    from comply.erasures as e
    where e.id = any (v_ids)
      and e.executed_by is not null
    union all
    select v.tenant_id, 'review:' || v.id, 'wasAttributedTo', 'agent:' || v.reviewer, v.reviewed_at
    from comply.decision_reviews as v
    where v.id = any (v_ids)
  ) as h
  where h.node = any (lineage_before.nodes)
    and (lineage_before.tenant_id is null or h.tenant_id = lineage_before.tenant_id);

  if to_regclass('comply.reports') is not null then
    return query
    select h.tenant_id, h.node, h.relation, h.source, h.happened_at, 'row'
    from (
      select distinct r.tenant_id, 'report:' || r.report_id as node, s.relation, s.source, r.made_at as happened_at
      from comply.reports as r
      cross join lateral (
        values
          ('used', format(
            'records:%s/%s', comply_private.utc_text(r.period_from), comply_private.utc_text(r.period_to))),
          ('used', 'run:' || r.run_id),
          ('used', 'framework:' || r.framework_id || '/' || r.version),
          ('wasAssociatedWith', 'agent:' || r.made_by)
      ) as s (relation, source)
      where r.report_id = any (v_ids)
        and s.source is not null
      union all
      select
        r.tenant_id, format('file:%s/%s', r.location, r.file_name), 'wasGeneratedBy', 'report:' || r.report_id,
        r.made_at
      from comply.reports as r
    ) as h
    where h.node = any (lineage_before.nodes)
      and (lineage_before.tenant_id is null or h.tenant_id in (lineage_before.tenant_id, '_system'));
  end if;

  if exists (select from unnest(lineage_before.nodes) as n (name) where n.name ~ '^column:') then
    return query
    select '_system', l.node, 'wasDerivedFrom', l.source, null::timestamptz, 'catalog'
    from (
      select
        format('column:%s.%s.%s', c.view_schema, c.view_relation, c.view_column),
        format('column:%s.%s.%s', c.table_schema, c.table_name, c.column_name)
      from comply.column_lineage() as c
    ) as l (node, source)
    where l.node = any (lineage_before.nodes);
  end if;
end;
$$;

comment on function comply_private.lineage_before(text[], text) is
  'Return what nodes of the lineage go back to, by one step: node, relation, source, and whether an event, a '
  'row, the trail or the catalog says so.';

revoke execute on function comply_private.lineage_before(text[], text) from public;
