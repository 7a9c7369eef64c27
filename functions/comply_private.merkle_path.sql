create or replace function comply_private.merkle_path(
  hashes   bytea,
  leaf_no bigint,
  stride   integer default 32,
  skip     integer default 0)
returns bytea
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_hashes   bytea := merkle_path.hashes || ''::bytea;
  v_count    integer := octet_length(merkle_path.hashes) / merkle_path.stride;
  v_leaf_no  bigint := merkle_path.leaf_no;
  v_path     bytea := ''::bytea;
begin
  if merkle_path.stride > 32 then
    select string_agg(substring(v_hashes from i * merkle_path.stride + merkle_path.skip + 1 for 32), '')
    into v_hashes
    from generate_series(0, v_count - 1) as i;
  end if;

  while v_count > 1 loop
    v_path := v_path || substring(v_hashes from ((v_leaf_no # 1) * 32 + 1)::integer for 32);

    select
      string_agg(sha256('\x01'::bytea || substring(v_hashes from i * 64 + 1 for 64)), '')
      || case when v_count % 2 = 1 then substring(v_hashes from v_count * 32 - 31) else '' end
    into v_hashes
    from generate_series(0, v_count / 2 - 1) as i;

    v_count := (v_count + 1) / 2;
    v_leaf_no := v_leaf_no / 2;
  end loop;

  return v_path;
end;
$$;

comment on function comply_private.merkle_path(bytea, bigint, integer, integer) is
  'Return the path, 32 bytes a step from the bottom, that proves a leaf hash under comply_private.merkle_root().';

revoke execute on function comply_private.merkle_path(bytea, bigint, integer, integer) from public;
