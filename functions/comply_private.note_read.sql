-- Policies call it in a sub-select, once a statement that reads, while some tenant is verbose; definer
-- functions that read a tenant's rows call it themselves. Reads levels and writes the log, which callers
-- cannot, so it has the owner's rights. Never false: what it says is that the read is noted.
create or replace function comply_private.note_read(table_name text)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_tenant text := comply.current_tenant();
begin
  if exists (
    select
    from comply.tenant_configs as c
    where c.tenant_id = v_tenant
      and c.audit_level = 'verbose'
  ) then
    perform comply_private.write_access(v_tenant, note_read.table_name);
  end if;

  return true;
end;
$$;

comment on function comply_private.note_read(text) is
  'Log that the running statement reads a table, if the tenant in context is verbose; return true. Raises PC210.';

revoke execute on function comply_private.note_read(text) from public;
grant  execute on function comply_private.note_read(text) to comply_app, comply_reader;
