create or replace function comply_private.node_lineage(node text, sources text[], with_queries jsonb)
returns table (relation oid, attnum integer, kind text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_node   text := node_lineage.node;
  v_kind   text := case
    when v_node ~ '^\{VAR ' then 'identity'
    when v_node ~ '\{AGGREF ' then 'aggregation'
    else 'transformation'
  end;
  v_query  text;
  v_var    record;
  v_source text;
  v_name   text;
begin
  -- Queries inside have sources of their own, so they go first, and their references with them.
  while strpos(v_node, '{QUERY ') > 0
  loop
    v_query := (comply_private.node_items('{' || substr(v_node, strpos(v_node, '{QUERY ')) || '}'))[1];
    v_node := replace(v_node, v_query, '');
    return query
    select l.relation, l.attnum, case when l.kind = 'aggregation' then l.kind else 'transformation' end
    from comply_private.query_lineage(v_query, node_lineage.with_queries) as l;
  end loop;

  for v_var in
    select distinct m[1]::integer as source_no, m[2]::integer as attnum
    from regexp_matches(v_node, '\{VAR :varno (\d+) :varattno (\d+) [^{}]*:varlevelsup (\d+)', 'g') as m
    where m[3] = '0'
  loop
    v_source := node_lineage.sources[v_var.source_no];

    case substring(v_source from ':rtekind (\d+)')
      when '0' then
        return query select substring(v_source from ':relid (\d+)')::oid, v_var.attnum, v_kind;

      when '1' then
        return query
        select l.relation, l.attnum,
               case when v_kind = 'identity' or l.kind = 'aggregation' then l.kind else v_kind end
        from comply_private.query_lineage(
          (select i.item from unnest(comply_private.node_items(v_source)) as i (item) where i.item ~ '^\{QUERY '),
          node_lineage.with_queries) as l
        where l.column_no = v_var.attnum;

      -- Joins, and what a query is grouped by.
      when '2', '9' then
        return query
        select l.relation, l.attnum,
               case when v_kind = 'identity' or l.kind = 'aggregation' then l.kind else v_kind end
        from (
          select row_number() over (order by i.n) as n, i.item
          from unnest(comply_private.node_items(v_source)) with ordinality as i (item, n)
          where i.item !~ '^\{ALIAS '
        ) as e
        cross join lateral comply_private.node_lineage(e.item, node_lineage.sources, node_lineage.with_queries) as l
        where e.n = v_var.attnum;

      when '6' then
        v_name := substring(v_source from ':ctename (\S+)');
        return query
        select l.relation, l.attnum,
               case when v_kind = 'identity' or l.kind = 'aggregation' then l.kind else v_kind end
        from unnest(comply_private.node_items(node_lineage.with_queries ->> v_name)) as i (item)
        cross join lateral comply_private.query_lineage(i.item, node_lineage.with_queries - v_name) as l
        where i.item ~ '^\{QUERY '
          and l.column_no = v_var.attnum;

      else
        null;
    end case;
  end loop;
end;
$$;

comment on function comply_private.node_lineage(text, text[], jsonb) is
  'Return which columns of which relations an expression is made of, and how, by the sources of its query.';

revoke execute on function comply_private.node_lineage(text, text[], jsonb) from public;
