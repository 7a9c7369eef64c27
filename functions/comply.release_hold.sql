-- Writes holds, which callers cannot, so it has the owner's rights: nobody chooses who released one.
create or replace function comply.release_hold(tenant_id text, matter text, reason text)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  update comply.legal_holds as h
  set released_by = session_user,
      released_at = comply.now(),
      release_reason = release_hold.reason,
      updated_at = comply.now()
  where h.tenant_id = release_hold.tenant_id
    and h.matter = release_hold.matter
    and h.released_at is null;

  if found then
    return true;
  end if;

  if not exists (
    select
    from comply.legal_holds as h
    where h.tenant_id = release_hold.tenant_id
      and h.matter = release_hold.matter
  ) then
    raise exception 'tenant % has no hold %', quote_nullable(release_hold.tenant_id),
      quote_nullable(release_hold.matter)
      using errcode = 'PC300',
            hint    = 'See comply.legal_holds for the spelling.';
  end if;

  return false;
end;
$$;

comment on function comply.release_hold(text, text, text) is
  'Release a legal hold for good; true if this call released it, false if it was released before. Idempotent. '
  'Raises PC300.';

revoke execute on function comply.release_hold(text, text, text) from public;
grant  execute on function comply.release_hold(text, text, text) to comply_admin;
