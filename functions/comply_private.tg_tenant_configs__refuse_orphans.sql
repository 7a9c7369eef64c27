-- In place of foreign keys, which would cost every insert a lookup: a tenant goes last. Looks at all tables of
-- the tenant, which callers may not, so it has the owner's rights.
create or replace function comply_private.tg_tenant_configs__refuse_orphans()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
declare
  v_table text;
begin
  select t.name
  into v_table
  from (
    select 'storage_records'
    where exists (select from comply.storage_records as r where r.tenant_id = old.tenant_id)
    union all
    select 'detector_executions'
    where exists (select from comply.detector_executions as e where e.tenant_id = old.tenant_id)
    union all
    select 'model_metrics'
    where exists (select from comply.model_metrics as m where m.tenant_id = old.tenant_id)
    union all
    select 'load_rejects'
    where exists (select from comply.load_rejects as j where j.tenant_id = old.tenant_id)
  ) as t (name)
  limit 1;

  if found then
    raise exception 'tenant % still has rows in comply.%', quote_literal(old.tenant_id), v_table
      using errcode = 'PC108', table = 'tenant_configs', constraint = 'tenant_configs_has_no_rows',
            hint    = 'Delete the tenant''s rows first; its audit trail stays.';
  end if;

  return old;
end;
$$;

comment on function comply_private.tg_tenant_configs__refuse_orphans() is
  'Trigger: refuse to delete a tenant that still has rows. Raises PC108.';

revoke execute on function comply_private.tg_tenant_configs__refuse_orphans() from public;
