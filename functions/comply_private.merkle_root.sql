-- The tree of RFC 9162, level by level: pairs are hashed, an odd last one moves up as it is, which gives the same
-- root. One string of bytes and no array, because a bytea[] is searched from its beginning for each element; and
-- a copy of it, because a value that lies outside its row would be fetched for each substring. generate_series()
-- returns numbers in order, so nothing is sorted. Below 16 hashes a loop is faster than a query.
create or replace function comply_private.merkle_root(
  hashes bytea,
  stride integer default 32,
  skip   integer default 0)
returns bytea
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_hashes bytea := merkle_root.hashes || ''::bytea;
  v_count  integer := octet_length(merkle_root.hashes) / merkle_root.stride;
  v_level  bytea;
begin
  if v_count = 0 then
    return sha256('');
  end if;

  if merkle_root.stride > 32 then
    select string_agg(substring(v_hashes from i * merkle_root.stride + merkle_root.skip + 1 for 32), '')
    into v_hashes
    from generate_series(0, v_count - 1) as i;
  end if;

  while v_count > 1 loop
    if v_count < 16 then
      v_level := '';

      for i in 0 .. v_count / 2 - 1 loop
        v_level := v_level || sha256('\x01'::bytea || substring(v_hashes from i * 64 + 1 for 64));
      end loop;
    else
      select string_agg(sha256('\x01'::bytea || substring(v_hashes from i * 64 + 1 for 64)), '')
      into v_level
      from generate_series(0, v_count / 2 - 1) as i;
    end if;

    v_hashes := v_level || case when v_count % 2 = 1 then substring(v_hashes from v_count * 32 - 31) else '' end;
    v_count := (v_count + 1) / 2;
  end loop;

  return v_hashes;
end;
$$;

comment on function comply_private.merkle_root(bytea, integer, integer) is
  'Return the Merkle root, as in RFC 9162, over leaf hashes that lie stride bytes apart, after skip bytes each.';

revoke execute on function comply_private.merkle_root(bytea, integer, integer) from public;
