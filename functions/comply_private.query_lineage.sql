-- Reads the tree that pg_rewrite keeps of a view, as no other place says which column of it is made of which:
-- pg_depend names what the view as a whole uses. The numbers of kinds are those of RTEKind; a source of a
-- kind that is not known here has no columns. A WITH query does not see itself, or it would go on for ever.
create or replace function comply_private.query_lineage(query text, with_queries jsonb default '{}')
returns table (column_no integer, relation oid, attnum integer, kind text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_items   text[] := coalesce(comply_private.node_items(query_lineage.query), '{}');
  v_with    jsonb := query_lineage.with_queries;
  v_sources jsonb := '[]'::jsonb;
  v_item    text;
  v_name    text;
begin
  select v_with || coalesce(jsonb_object_agg(substring(i.item from ':ctename (\S+)'), i.item), '{}')
  into v_with
  from unnest(v_items) as i (item)
  where i.item ~ '^\{COMMONTABLEEXPR ';

  foreach v_item in array v_items
  loop
    continue when v_item !~ '^\{(RTE|RANGETBLENTRY) ';
    v_name := substring(v_item from ':ctename (\S+)');

    v_sources := v_sources || jsonb_build_array(case substring(v_item from ':rtekind (\d+)')
      when '0' then jsonb_build_object('relation', substring(v_item from ':relid (\d+)'))
      when '1' then jsonb_build_object('columns', (
        select coalesce(jsonb_agg(to_jsonb(l)), '[]')
        from unnest(comply_private.node_items(v_item)) as i (item)
        cross join lateral comply_private.query_lineage(i.item, v_with) as l
        where i.item ~ '^\{QUERY '
      ))
      when '6' then jsonb_build_object('columns', (
        select coalesce(jsonb_agg(to_jsonb(l)), '[]')
        from unnest(comply_private.node_items(v_with ->> v_name)) as i (item)
        cross join lateral comply_private.query_lineage(i.item, v_with - v_name) as l
        where i.item ~ '^\{QUERY '
      ))
      -- Joins, and what a query is grouped by.
      when '2' then jsonb_build_object('expressions', to_jsonb(comply_private.node_items(v_item)))
      when '9' then jsonb_build_object('expressions', to_jsonb(comply_private.node_items(v_item)))
      else '{}'
    end);
  end loop;

  if query_lineage.query ~ ':setOperations \{' then
    return query
    select c.column_no, c.relation, c.attnum, c.kind
    from jsonb_array_elements(v_sources) as s (source)
    cross join lateral jsonb_to_recordset(s.source -> 'columns')
      as c (column_no integer, relation oid, attnum integer, kind text);
    return;
  end if;

  foreach v_item in array v_items
  loop
    continue when v_item !~ '^\{TARGETENTRY ' or v_item ~ ':resjunk true\}$';

    return query
    select substring(v_item from '.*:resno (\d+) ')::integer, l.relation, l.attnum, l.kind
    from comply_private.node_lineage((comply_private.node_items(v_item))[1], v_sources, v_with) as l;
  end loop;
end;
$$;

comment on function comply_private.query_lineage(text, jsonb) is
  'Return which columns of which relations each column of a query is made of, and how: identity, '
  'transformation or aggregation.';

revoke execute on function comply_private.query_lineage(text, jsonb) from public;
