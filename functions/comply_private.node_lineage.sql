-- An aggregate that picks or collects values, such as max or array_agg, still shows them: only what condenses them is
-- an aggregation.
create or replace function comply_private.node_lineage(node text, sources jsonb, with_queries jsonb)
returns table (relation oid, attnum integer, kind text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_node   text := node_lineage.node;
  v_kind   text := case when v_node ~ '^\{VAR ' then 'identity' else 'transformation' end;
  v_part   text;
  v_var    record;
  v_source jsonb;
  v_levels jsonb;
begin
  -- Queries inside have sources of their own, and aggregates a kind, so they go first, from the outermost on.
  while v_node ~ '\{(QUERY|AGGREF) '
  loop
    v_part := (comply_private.node_items(
      '{' || substr(v_node, regexp_instr(v_node, '\{(QUERY|AGGREF) ')) || '}'))[1];
    v_node := replace(v_node, v_part, '');

    if v_part ~ '^\{QUERY ' then
      return query
      select l.relation, l.attnum, case when l.kind = 'aggregation' then l.kind else 'transformation' end
      from comply_private.query_lineage(v_part, node_lineage.with_queries, node_lineage.sources) as l;
    else
      return query
      select
        l.relation, l.attnum,
        case when l.kind = 'aggregation' or p.oid is not null then 'aggregation' else 'transformation' end
      from unnest(comply_private.node_items(v_part)) as i (item)
      cross join lateral comply_private.node_lineage(i.item, node_lineage.sources, node_lineage.with_queries) as l
      left join pg_proc as p
        on p.oid = substring(v_part from ':aggfnoid (\d+)')::oid
        and p.pronamespace = 'pg_catalog'::regnamespace
        and p.proname ~ '^(count|sum|avg|(stddev|var|covar)(_pop|_samp)?|variance|corr|regr_.*|bool_(and|or)|every)$';
    end if;
  end loop;

  for v_var in
    select distinct m[1]::integer as source_no, m[2]::integer as attnum, m[3]::integer as level
    from regexp_matches(v_node, '\{VAR :varno (\d+) :varattno (\d+) [^{}]*:varlevelsup (\d+)', 'g') as m
  loop
    v_levels := jsonb_path_query_array(
      node_lineage.sources, '$[$level to last]', jsonb_build_object('level', v_var.level));
    v_source := v_levels -> 0 -> (v_var.source_no - 1);

    if v_source ? 'relation' then
      return query select (v_source ->> 'relation')::oid, v_var.attnum, v_kind;
    elsif v_source ? 'columns' then
      return query
      select
        c.relation, c.attnum,
        case when v_kind = 'identity' or c.kind = 'aggregation' then c.kind else v_kind end
      from jsonb_to_recordset(v_source -> 'columns')
        as c (column_no integer, relation oid, attnum integer, kind text)
      where v_var.attnum in (0, c.column_no);
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
      cross join lateral comply_private.node_lineage(e.item, v_levels, node_lineage.with_queries) as l
      where v_var.attnum in (0, e.n);
    elsif v_source ? 'whole' then
      return query
      select l.relation, l.attnum, case when l.kind = 'aggregation' then l.kind else 'transformation' end
      from comply_private.node_lineage(v_source ->> 'whole', v_levels, node_lineage.with_queries) as l;
    end if;
  end loop;
end;
$$;

comment on function comply_private.node_lineage(text, jsonb, jsonb) is
  'Return which columns of which relations an expression is made of, and how, by the sources of each query '
  'around it, the innermost first.';

revoke execute on function comply_private.node_lineage(text, jsonb, jsonb) from public;
