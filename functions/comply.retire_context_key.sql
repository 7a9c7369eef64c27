-- Writes the key table, which callers cannot, so it has the owner's rights.
create or replace function comply.retire_context_key(kid text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update comply_private.context_keys as k
  set state = 'retired',
      retired_at = comply.now()
  where k.kid = retire_context_key.kid
    and k.state <> 'retired';

  if not found and not exists (select from comply_private.context_keys as k where k.kid = retire_context_key.kid)
  then
    raise exception 'key % is unknown', quote_nullable(retire_context_key.kid)
      using errcode = 'PC007',
            hint    = 'Pass the kid that a token carries between its first two dots.';
  end if;
end;
$$;

comment on function comply.retire_context_key(text) is
  'End a key: tokens that it signed prove nothing from now on. Idempotent. Raises PC007.';

revoke execute on function comply.retire_context_key(text) from public;
grant  execute on function comply.retire_context_key(text) to comply_admin;
