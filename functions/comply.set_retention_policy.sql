-- Writes rules, which callers cannot, so it has the owner's rights: nobody chooses who set one.
create or replace function comply.set_retention_policy(
  tenant_id      text,
  table_name     text,
  keep           interval,
  basis          text,
  action         text default 'archive',
  needs_approval boolean default true,
  classification text default '*'
)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  -- A rule under a misspelt name would be none.
  if set_retention_policy.tenant_id is distinct from '*'
     and set_retention_policy.tenant_id is distinct from '_system'
     and not exists (select from comply.tenant_configs as c where c.tenant_id = set_retention_policy.tenant_id)
  then
    raise exception 'tenant % is unknown', quote_nullable(set_retention_policy.tenant_id)
      using errcode = 'PC003',
            hint    = 'Check the spelling, or pass * for every tenant.';
  end if;

  if set_retention_policy.table_name is distinct from '*'
     and not exists (
       select
       from comply_private.retained_tables() as t
       where t.table_name = set_retention_policy.table_name
     )
  then
    raise exception 'table % has no months', quote_nullable(set_retention_policy.table_name)
      using errcode = 'PC307',
            hint    = format('Pass * or one of %s.', (
              select string_agg(t.table_name, ', ')
              from comply_private.retained_tables() as t
            ));
  end if;

  insert into comply.retention_policies as p (
    tenant_id, table_name, classification, keep, basis, action, needs_approval)
  values (
    set_retention_policy.tenant_id, set_retention_policy.table_name, set_retention_policy.classification,
    set_retention_policy.keep, set_retention_policy.basis, set_retention_policy.action,
    set_retention_policy.needs_approval)
  on conflict on constraint retention_policies_pkey do update
  set keep = excluded.keep,
      basis = excluded.basis,
      action = excluded.action,
      needs_approval = excluded.needs_approval,
      set_by = session_user,
      set_at = comply.now(),
      updated_at = comply.now()
  where (p.keep, p.basis, p.action, p.needs_approval)
        is distinct from (excluded.keep, excluded.basis, excluded.action, excluded.needs_approval);

  return found;
end;
$$;

comment on function comply.set_retention_policy(text, text, interval, text, text, boolean, text) is
  'Set how long rows are kept after the end of their month: of a tenant or of all (*), of a table or of all (*) that '
  'tenants write; true if this call changed it. Idempotent. Raises PC003, PC307.';

revoke execute on function comply.set_retention_policy(text, text, interval, text, text, boolean, text) from public;
grant  execute on function comply.set_retention_policy(text, text, interval, text, text, boolean, text)
  to comply_admin;
