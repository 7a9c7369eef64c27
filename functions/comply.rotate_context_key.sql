-- Writes the key table, which callers cannot, so it has the owner's rights. The older keys go on verifying
-- until they are retired, so tokens in flight stay good. Pass the key as a bound parameter: a literal stands in
-- server logs.
create or replace function comply.rotate_context_key(kid text, key bytea)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_inner bytea := decode(repeat('36', 64), 'hex');
  v_outer bytea := decode(repeat('5c', 64), 'hex');
  v_key   bytea := rotate_context_key.key;
begin
  if coalesce(rotate_context_key.kid, '') !~ '^[a-z0-9_-]{1,32}$' then
    raise exception 'kid % does not name a key', quote_nullable(rotate_context_key.kid)
      using errcode = 'PC007',
            hint    = 'Pass 1 to 32 characters, a-z, 0-9, _ and -.';
  end if;

  if coalesce(length(v_key), 0) < 32 then
    raise exception 'key % has % bytes', quote_literal(rotate_context_key.kid), coalesce(length(v_key), 0)
      using errcode = 'PC007',
            hint    = 'Pass at least 32 random bytes.';
  end if;

  if exists (select from comply_private.context_keys as k where k.kid = rotate_context_key.kid) then
    raise exception 'key % is there already', quote_literal(rotate_context_key.kid)
      using errcode = 'PC007',
            hint    = 'Pass a new kid: a key never changes under its name.';
  end if;

  if length(v_key) > 64 then
    v_key := sha256(v_key);
  end if;

  for i in 0 .. length(v_key) - 1 loop
    v_inner := set_byte(v_inner, i, get_byte(v_key, i) # 54);
    v_outer := set_byte(v_outer, i, get_byte(v_key, i) # 92);
  end loop;

  update comply_private.context_keys as k
  set state = 'verify_only'
  where k.state = 'active';

  insert into comply_private.context_keys (kid, inner_pad, outer_pad)
  values (rotate_context_key.kid, v_inner, v_outer);
end;
$$;

comment on function comply.rotate_context_key(text, bytea) is
  'Add the key that signs contexts from now on; those before it still verify. Raises PC007.';

revoke execute on function comply.rotate_context_key(text, bytea) from public;
grant  execute on function comply.rotate_context_key(text, bytea) to comply_admin;
