create or replace function comply_private.node_lineage(node text, sources jsonb, with_queries jsonb)
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
  v_source jsonb;
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
    v_source := node_lineage.sources -> (v_var.source_no - 1);

    if v_source ? 'relation' then
      return query select (v_source ->> 'relation')::oid, v_var.attnum, v_kind;
    elsif v_source ? 'columns' then
      return query
      select
        c.relation, c.attnum,
        case when v_kind = 'identity' or c.kind = 'aggregation' then c.kind else v_kind end
      from jsonb_to_recordset(v_source -> 'columns')
        as c (column_no integer, relation oid, attnum integer, kind text)
      where c.column_no = v_var.attnum;
    elsif v_source ? 'expressions' then
      return query
      select
        l.relation, l.attnum,
        case when v_kind = 'identity' or l.kind = 'aggregation' then l.kind else v_kind end
      from (
        select e.item, row_number() over (order by e.n) as n
        from jsonb_array_elements_text(v_source -> 'expressions') with ordinality as e (item, n)
        where e.item !~ '^\{ALIAS '
      ) as e
      cross join lateral comply_private.node_lineage(e.item, node_lineage.sources, node_lineage.with_queries) as l
      where e.n = v_var.attnum;
    end if;
  end loop;
end;
$$;

comment on function comply_private.node_lineage(text, jsonb, jsonb) is
  'Return which columns of which relations an expression is made of, and how, by the sources of its query.';

revoke execute on function comply_private.node_lineage(text, jsonb, jsonb) from public;
