-- Reads the tree that pg_rewrite keeps of a view, as no other place says which column of it is made of which: pg_depend
-- names what the view as a whole uses. The numbers of kinds are those of RTEKind; a reference that is of no kind known
-- here gives no row. A name of a WITH query that stands for the query itself is left out, or it would go on for ever.
create or replace function comply_private.query_lineage(query text, with_queries jsonb default '{}')
returns table (column_no integer, relation oid, attnum integer, kind text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_items   text[] := comply_private.node_items(query_lineage.query);
  v_sources text[] := array(
    select i.item
    from unnest(v_items) with ordinality as i (item, n)
    where i.item ~ '^\{(RTE|RANGETBLENTRY) '
    order by i.n
  );
  v_with    jsonb := query_lineage.with_queries || coalesce((
    select jsonb_object_agg(substring(i.item from ':ctename (\S+)'), i.item)
    from unnest(v_items) as i (item)
    where i.item ~ '^\{COMMONTABLEEXPR '
  ), '{}');
  v_target  text;
  v_no      integer;
  v_source  text;
begin
  foreach v_target in array coalesce(v_items, '{}')
  loop
    continue when v_target !~ '^\{TARGETENTRY ' or v_target ~ ':resjunk true\}$';
    v_no := substring(v_target from '.*:resno (\d+) ')::integer;

    if query_lineage.query ~ ':setOperations \{' then
      foreach v_source in array v_sources
      loop
        return query
        select v_no, l.relation, l.attnum, l.kind
        from comply_private.query_lineage(
          (select i.item from unnest(comply_private.node_items(v_source)) as i (item) where i.item ~ '^\{QUERY '), v_with) as l
        where l.column_no = v_no;
      end loop;
    else
      return query
      select v_no, l.relation, l.attnum, l.kind
      from comply_private.node_lineage((comply_private.node_items(v_target))[1], v_sources, v_with) as l;
    end if;
  end loop;
end;
$$;

comment on function comply_private.query_lineage(text, jsonb) is
  'Return which columns of which relations each column of a query is made of, and how: identity, transformation or '
  'aggregation.';

revoke execute on function comply_private.query_lineage(text, jsonb) from public;
