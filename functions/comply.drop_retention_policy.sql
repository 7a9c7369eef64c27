-- Writes rules, which callers cannot, so it has the owner's rights.
create or replace function comply.drop_retention_policy(
  tenant_id      text,
  table_name     text,
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
  delete from comply.retention_policies as p
  where p.tenant_id = drop_retention_policy.tenant_id
    and p.table_name = drop_retention_policy.table_name
    and p.classification = drop_retention_policy.classification;

  return found;
end;
$$;

comment on function comply.drop_retention_policy(text, text, text) is
  'Drop a rule, so that the next one that matches holds; true if there was one. What was planned by it is planned '
  'again. Idempotent.';

revoke execute on function comply.drop_retention_policy(text, text, text) from public;
grant  execute on function comply.drop_retention_policy(text, text, text) to comply_admin;
