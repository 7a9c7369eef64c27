-- Changes policies, which callers cannot, so it has the owner's rights. Most changes of tenants change
-- nothing here, and take no lock.
create or replace function comply_private.tg_tenant_configs__log_reads()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
begin
  if exists (
    select
    from comply_private.read_hooks() as h
    where h.is_there is distinct from nullif(h.is_wanted, false)
  ) then
    perform comply_private.log_reads();
  end if;

  return null;
end;
$$;

comment on function comply_private.tg_tenant_configs__log_reads() is
  'Trigger: begin to log reads with the first verbose tenant, and stop with the last.';

revoke execute on function comply_private.tg_tenant_configs__log_reads() from public;
