-- As comply_private.note_read(), for those who see every tenant: no one of these is the one that was read, so
-- the row goes to _system, and to that whenever some tenant is verbose. Writes the log, which callers cannot,
-- so it has the owner's rights.
create or replace function comply_private.note_staff_read(table_name text)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (select from comply.tenant_configs as c where c.audit_level = 'verbose') then
    perform comply_private.write_access('_system', note_staff_read.table_name);
  end if;

  return true;
end;
$$;

comment on function comply_private.note_staff_read(text) is
  'Log that the running statement reads a table across tenants, if one is verbose; return true. Raises PC210.';

revoke execute on function comply_private.note_staff_read(text) from public;
grant  execute on function comply_private.note_staff_read(text) to comply_admin, comply_auditor;
