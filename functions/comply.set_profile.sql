-- Writes the settings, which callers cannot, so it has the owner's rights.
create or replace function comply.set_profile(profile text, token_lifetime interval default null)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if set_profile.profile = 'strict'
     and not exists (select from comply_private.context_keys as k where k.state = 'active')
  then
    raise exception 'profile % needs a key that signs contexts', quote_literal(set_profile.profile)
      using errcode = 'PC007',
            hint    = 'Add one with comply.rotate_context_key(kid, key), or nobody could enter.';
  end if;

  update comply_private.context_settings as s
  set profile = set_profile.profile,
      token_lifetime = coalesce(set_profile.token_lifetime, s.token_lifetime);
end;
$$;

comment on function comply.set_profile(text, interval) is
  'Switch between trusted and strict contexts, and set how long a token may live. Idempotent. Raises PC007.';

revoke execute on function comply.set_profile(text, interval) from public;
grant  execute on function comply.set_profile(text, interval) to comply_admin;
