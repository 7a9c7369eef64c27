-- Reads what callers may not all, so it has the owner's rights, and names the tenant itself. Tells of tables,
-- labels, files and counts, never of a record. Ids of runs are those of what was done, so two exports of one
-- time are the same.
create or replace function comply.openlineage_events(
  from_time timestamptz,
  to_time   timestamptz,
  namespace text default null,
  tenant_id text default null
)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
#variable_conflict use_column
declare
  v_tenant    text := comply_private.scope_tenant();
  v_namespace text := coalesce(
    openlineage_events.namespace,
    format('postgres://%s:%s', coalesce(host(inet_server_addr()), 'localhost'), current_setting('port')));
  v_time      constant text := 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';
begin
  if v_tenant is not null and openlineage_events.tenant_id is not null then
    perform comply_private.require_scope(openlineage_events.tenant_id);
  end if;

  if not coalesce(
    openlineage_events.from_time < openlineage_events.to_time and v_namespace ~ '^[a-z][a-z0-9+.-]*://\S+$', false)
  then
    raise exception 'no events of % are between % and %', quote_literal(v_namespace), openlineage_events.from_time,
      openlineage_events.to_time
      using errcode = 'PC619',
            hint    = 'Pass a time, a later time, and a namespace such as postgres://host:5432.';
  end if;

  return query
  select jsonb_build_object(
    'eventType', 'COMPLETE',
    'eventTime', to_char(r.happened_at, v_time),
    'producer', 'urn:comply-db',
    'schemaURL', 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
    'run', jsonb_build_object('runId', r.run_id),
    'job', jsonb_build_object('namespace', v_namespace, 'name', format('comply-db.%s.%s', r.job, r.tenant)),
    'inputs', r.inputs,
    'outputs', r.outputs)
  from comply_private.openlineage_runs(
    openlineage_events.from_time, openlineage_events.to_time, v_namespace,
    coalesce(v_tenant, openlineage_events.tenant_id)) as r
  order by r.happened_at, r.run_id;

  -- Tables and views, as they are now.
  return query
  with lineage as materialized (
    select
      l.view_relation,
      jsonb_object_agg(l.view_column, jsonb_build_object('inputFields', l.fields)) as fields
    from (
      select
        c.view_relation,
        c.view_column,
        jsonb_agg(
          jsonb_build_object(
            'namespace', v_namespace,
            'name', format('%s.%s.%s', current_database(), c.table_schema, c.table_name),
            'field', c.column_name,
            'transformations', jsonb_build_array(jsonb_build_object(
              'type', 'DIRECT', 'subtype', upper(c.kind), 'masking', false)))
          order by c.table_schema, c.table_name, c.column_name) as fields
      from comply.column_lineage() as c
      where c.view_schema = 'comply'
      group by c.view_relation, c.view_column
    ) as l
    group by l.view_relation
  )
  select jsonb_build_object(
    'eventTime', to_char(comply.now(), v_time),
    'producer', 'urn:comply-db',
    'schemaURL', 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent',
    'dataset', jsonb_build_object(
      'namespace', v_namespace,
      'name', format('%s.comply.%s', current_database(), c.relname),
      'facets', jsonb_strip_nulls(jsonb_build_object(
        'schema', comply_private.openlineage_facet(
          'SchemaDatasetFacet', '1-2-0', jsonb_build_object('fields', a.fields)),
        'tags', case when a.tags is not null then
          comply_private.openlineage_facet('TagsDatasetFacet', '1-0-0', jsonb_build_object('tags', a.tags)) end,
        'columnLineage', case when l.fields is not null then
          comply_private.openlineage_facet(
            'ColumnLineageDatasetFacet', '1-2-0', jsonb_build_object('fields', l.fields)) end))))
  from pg_class as c
  cross join lateral (
    select
      jsonb_agg(
        jsonb_strip_nulls(jsonb_build_object(
          'name', t.attname, 'type', format_type(t.atttypid, t.atttypmod),
          'description', col_description(c.oid, t.attnum)))
        order by t.attnum) as fields,
      (
        select jsonb_agg(
          jsonb_build_object('key', g.key, 'value', g.value, 'source', 'comply-db', 'field', b.column_name)
          order by b.column_name, g.key)
        from comply.column_labels as b
        cross join lateral (
          values ('classification', b.classification), ('subject', b.subject_kind)
        ) as g (key, value)
        where b.table_name = c.relname
          and g.value is not null
      ) as tags
    from pg_attribute as t
    where t.attrelid = c.oid
      and t.attnum > 0
      and not t.attisdropped
  ) as a
  left join lineage as l on l.view_relation = c.relname
  where c.relnamespace = 'comply'::regnamespace
    and c.relkind in ('r', 'p', 'v', 'm')
    and not c.relispartition
  order by c.relname;
end;
$$;

comment on function comply.openlineage_events(timestamptz, timestamptz, text, text) is
  'Return events of OpenLineage 2-0-2: a run for each load, archive, restore, destruction, report and '
  'recorded activity of a span of time, and a data set for each table and view with its columns, labels and '
  'column lineage as they are now. Of the tenant in context, of one, or of all. Raises PC004, PC332, PC619.';

revoke execute on function comply.openlineage_events(timestamptz, timestamptz, text, text) from public;
grant  execute on function comply.openlineage_events(timestamptz, timestamptz, text, text)
  to comply_auditor, comply_admin, comply_operator;
