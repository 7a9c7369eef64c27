-- A leaf completes as many subtrees as its number, counted from 0, has ones at the end.
create or replace function comply_private.new_nodes(peaks bytea, size bigint, leaf bytea)
returns bytea[]
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_peaks bytea := new_nodes.peaks;
  v_size  bigint := new_nodes.size;
  v_hash  bytea := new_nodes.leaf;
  v_nodes bytea[] := array[new_nodes.leaf];
begin
  while v_size % 2 = 1 loop
    v_hash := sha256('\x01'::bytea || substring(v_peaks from octet_length(v_peaks) - 31) || v_hash);
    v_peaks := substring(v_peaks from 1 for octet_length(v_peaks) - 32);
    v_nodes := v_nodes || v_hash;
    v_size := v_size / 2;
  end loop;

  return v_nodes;
end;
$$;

comment on function comply_private.new_nodes(bytea, bigint, bytea) is
  'Return the subtrees that one more leaf completes in a tree of a size with these peaks: the leaf itself first.';

revoke execute on function comply_private.new_nodes(bytea, bigint, bytea) from public;
