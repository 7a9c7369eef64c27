-- Writes the settings, which callers cannot, so it has the owner's rights.
create or replace function comply.set_copy_lifetimes(backup_days integer, vault_purge_days integer default null)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  update comply_private.lifecycle_settings as s
  set backup_days = set_copy_lifetimes.backup_days,
      vault_purge_days = coalesce(set_copy_lifetimes.vault_purge_days, s.vault_purge_days);
end;
$$;

comment on function comply.set_copy_lifetimes(integer, integer) is
  'Say for how many days the longest copy of the database lives, and for how many the vault gives back a deleted key: '
  'erasures that follow are effective after that. Idempotent.';

revoke execute on function comply.set_copy_lifetimes(integer, integer) from public;
grant  execute on function comply.set_copy_lifetimes(integer, integer) to comply_admin;
