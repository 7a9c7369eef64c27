-- Reads the tree that pg_rewrite keeps of a view, as no other place says which column of it is made of which:
-- pg_depend names what the view as a whole uses. The numbers of kinds are those of RTEKind. Sources stand in the order
-- of the text, so what is lateral finds those before it. A WITH query that is made of itself is read until nothing is
-- new.
create or replace function comply_private.query_lineage(
  query         text,
  with_queries  jsonb default '{}',
  outer_sources jsonb default '[]'
)
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
  v_columns jsonb;
  v_known   jsonb;
  v_item    text;
begin
  foreach v_item in array v_items
  loop
    continue when v_item !~ '^\{COMMONTABLEEXPR ';
    v_known := null;

    loop
      v_with := v_with || jsonb_build_object(substring(v_item from ':ctename (\S+)'), coalesce(v_known, '[]'));

      select coalesce(jsonb_agg(distinct to_jsonb(l)), '[]')
      into v_columns
      from unnest(comply_private.node_items(v_item)) as i (item)
      cross join lateral comply_private.query_lineage(
        i.item, v_with, jsonb_build_array('[]'::jsonb) || query_lineage.outer_sources) as l
      where i.item ~ '^\{QUERY ';

      exit when v_columns = v_known;
      v_known := v_columns;
    end loop;
  end loop;

  foreach v_item in array v_items
  loop
    continue when v_item !~ '^\{(RTE|RANGETBLENTRY) ';

    v_sources := v_sources || jsonb_build_array(case substring(v_item from ':rtekind (\d+)')
      when '0' then jsonb_build_object('relation', substring(v_item from ':relid (\d+)'))
      when '1' then jsonb_build_object('columns', (
        select coalesce(jsonb_agg(to_jsonb(l)), '[]')
        from unnest(comply_private.node_items(v_item)) as i (item)
        cross join lateral comply_private.query_lineage(
          i.item, v_with, jsonb_build_array(v_sources) || query_lineage.outer_sources) as l
        where i.item ~ '^\{QUERY '
      ))
      when '6' then jsonb_build_object('columns', coalesce(v_with -> substring(v_item from ':ctename (\S+)'), '[]'))
      -- Joins, and what a query is grouped by.
      when '2' then jsonb_build_object('expressions', to_jsonb(comply_private.node_items(v_item)))
      when '9' then jsonb_build_object('expressions', to_jsonb(comply_private.node_items(v_item)))
      -- Of functions and lists of values, each column of all that is in them.
      else jsonb_build_object('whole', v_item)
    end);
  end loop;

  if exists (select from unnest(v_items) as i (item) where i.item ~ '^\{SETOPERATIONSTMT ') then
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
    from comply_private.node_lineage(
      (comply_private.node_items(v_item))[1], jsonb_build_array(v_sources) || query_lineage.outer_sources, v_with) as l;
  end loop;
end;
$$;

comment on function comply_private.query_lineage(text, jsonb, jsonb) is
  'Return which columns of which relations each column of a query is made of, and how: identity, '
  'transformation or aggregation.';

revoke execute on function comply_private.query_lineage(text, jsonb, jsonb) from public;
