-- Reads the key table, which callers cannot, so it has the owner's rights. No row on any failure and never an
-- error: a policy that calls it must hide rows, not tell why. No exception block: parallel workers refuse one,
-- so the form is checked before anything is decoded. Codes are compared under a second code, which leaves
-- nothing to time.
create or replace function comply_private.signed_claims()
returns table (tenant_id text, actor text, expires_at timestamptz)
language plpgsql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_token text := current_setting('comply.token', true);
  v_body  text;
  v_key   comply_private.context_keys;
  v_life  interval;
  v_mac   text;
begin
  if v_token is null
     or length(v_token) > 700
     or v_token !~ '^v1\.[a-z0-9_-]+\.[a-z0-9][a-z0-9_-]*\.[A-Za-z0-9_-]*\.[0-9]+\.[A-Za-z0-9_-]+\.[0-9a-f]+$'
     or length(split_part(v_token, '.', 5)) > 11
     or length(split_part(v_token, '.', 6)) not between 16 and 64
     or length(split_part(v_token, '.', 7)) <> 64
  then
    return;
  end if;

  select k.*
  into v_key
  from comply_private.context_keys as k
  where k.kid = split_part(v_token, '.', 2)
    and k.state in ('active', 'verify_only');

  if not found then
    return;
  end if;

  v_body := left(v_token, -65);
  v_mac := comply_private.hmac_hex(v_body, v_key.inner_pad, v_key.outer_pad);

  if comply_private.hmac_hex(v_mac, v_key.inner_pad, v_key.outer_pad)
     <> comply_private.hmac_hex(right(v_token, 64), v_key.inner_pad, v_key.outer_pad)
  then
    return;
  end if;

  select s.token_lifetime
  into v_life
  from comply_private.context_settings as s;

  expires_at := to_timestamp(split_part(v_token, '.', 5)::bigint);

  if not coalesce(expires_at > comply_private.clock() and expires_at <= comply_private.clock() + v_life, false)
  then
    return;
  end if;

  tenant_id := split_part(v_token, '.', 3);
  actor := nullif(comply_private.from_base64url(split_part(v_token, '.', 4)), '');
  return next;
end;
$$;

comment on function comply_private.signed_claims() is
  'Return what the token of this transaction proves, one row, or no row where it proves nothing.';

revoke execute on function comply_private.signed_claims() from public;
