-- A sibling is a finished subtree, which is kept, or the right edge, which is not: that is folded on the way
-- up. Two look-ups a level at most.
create or replace function comply_private.tree_path(
  tenant_id text,
  stream    text,
  node_no   bigint,
  size      bigint,
  level     integer default 0)
returns bytea
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_level   integer := 0;
  v_node_no bigint := tree_path.node_no;
  v_count   bigint := tree_path.size;
  v_hash    bytea;
  v_edge    bytea;
  v_path    bytea := ''::bytea;
begin
  -- v_count: the finished subtrees of the level; v_edge: the root over what comes after them.
  while v_count > 0 and (v_count > 1 or v_edge is not null) loop
    if v_level >= tree_path.level then
      if (v_node_no # 1) < v_count then
        select n.hash
        into strict v_hash
        from comply_private.ledger_nodes as n
        where n.tenant_id = tree_path.tenant_id
          and n.stream = tree_path.stream
          and n.level = v_level
          and n.node_no = (v_node_no # 1);

        v_path := v_path || v_hash;
      elsif (v_node_no # 1) = v_count and v_edge is not null then
        v_path := v_path || v_edge;
      end if;

      v_node_no := v_node_no / 2;
    end if;

    if v_count % 2 = 1 then
      select n.hash
      into strict v_hash
      from comply_private.ledger_nodes as n
      where n.tenant_id = tree_path.tenant_id
        and n.stream = tree_path.stream
        and n.level = v_level
        and n.node_no = v_count - 1;

      v_edge := case when v_edge is null then v_hash else sha256('\x01'::bytea || v_hash || v_edge) end;
    end if;

    v_count := v_count / 2;
    v_level := v_level + 1;
  end loop;

  return v_path;
end;
$$;

comment on function comply_private.tree_path(text, text, bigint, bigint, integer) is
  'Return the path, 32 bytes a step from the bottom, from a finished subtree to the root over the first '
  'headers of a tenant and stream.';

revoke execute on function comply_private.tree_path(text, text, bigint, bigint, integer) from public;
