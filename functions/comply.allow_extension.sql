-- Writes the list, which callers cannot, so it has the owner's rights: nobody chooses who allowed one.
create or replace function comply.allow_extension(extension_name text, reason text default null)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  if allow_extension.reason is null then
    delete from comply.allowed_extensions as a
    where a.extension_name = allow_extension.extension_name;

    return found;
  end if;

  insert into comply.allowed_extensions as a (extension_name, reason)
  values (allow_extension.extension_name, allow_extension.reason)
  on conflict on constraint allowed_extensions_pkey do update
  set reason = excluded.reason,
      allowed_by = session_user,
      allowed_at = comply.now()
  where a.reason <> excluded.reason;

  return found;
end;
$$;

comment on function comply.allow_extension(text, text) is
  'Allow an extension to be installed, for a reason; without one, allow it no longer. Installs and drops nothing. True '
  'if this call changed the list. Idempotent.';

revoke execute on function comply.allow_extension(text, text) from public;
grant  execute on function comply.allow_extension(text, text) to comply_admin;
