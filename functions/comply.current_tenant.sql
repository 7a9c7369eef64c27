-- Reads the profile, which callers cannot, so it has the owner's rights. Null, never an error, while no tenant
-- is set or proven: a policy that compares with null lets no row through. No row of settings means strict.
create or replace function comply.current_tenant()
returns text
language plpgsql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if (select s.profile from comply_private.context_settings as s) = 'trusted' then
    return nullif(current_setting('comply.tenant_id', true), '');
  end if;

  return (select c.tenant_id from comply_private.signed_claims() as c);
end;
$$;

comment on function comply.current_tenant() is
  'Return the tenant of this transaction, as comply.enter set it or a token proves it, or null.';

revoke execute on function comply.current_tenant() from public;
grant  execute on function comply.current_tenant()
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
