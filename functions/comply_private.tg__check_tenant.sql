-- In place of a foreign key, which would cost each row a lookup: one for each tenant of the statement. Looks at all
-- tenants, which callers may not, so it has the owner's rights.
create or replace function comply_private.tg__check_tenant()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
declare
  v_tenant text;
begin
  select t.tenant_id
  into v_tenant
  from (select distinct n.tenant_id from new_rows as n) as t
  where not exists (select from comply.tenant_configs as c where c.tenant_id = t.tenant_id)
  limit 1;

  if found then
    raise exception 'tenant % is unknown', quote_literal(v_tenant)
      using errcode = 'PC003', table = tg_argv[0], constraint = tg_argv[0] || '_tenant_known',
            hint    = 'Check the spelling, or add the tenant as comply_admin with comply.add_tenant().';
  end if;

  return null;
end;
$$;

comment on function comply_private.tg__check_tenant() is
  'Trigger (table): refuse rows of a tenant that is unknown. Raises PC003.';

revoke execute on function comply_private.tg__check_tenant() from public;
