-- Reads keys and tenants, which callers cannot, so it has the owner's rights. One error for every reason,
-- which tells a forger nothing. set_config() and not EXECUTE: the token would stand in pg_stat_statements.
create or replace function comply.enter_signed(token text, correlation_id uuid default null)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_tenant text;
  v_actor  text;
begin
  perform set_config('comply.token', coalesce(enter_signed.token, ''), true);

  select c.tenant_id, c.actor
  into v_tenant, v_actor
  from comply_private.signed_claims() as c
  join comply.tenant_configs as t on t.tenant_id = c.tenant_id;

  if not found then
    perform set_config('comply.token', '', true);
    perform comply_private.refuse(
      'PC006', 'the token proves no tenant',
      'Ask the gateway for a fresh token and pass it unchanged, as a bound parameter.');
  end if;

  perform comply_private.set_context(v_tenant, v_actor, enter_signed.correlation_id);
end;
$$;

comment on function comply.enter_signed(text, uuid) is
  'Set the tenant and the actor that a token proves, and the request, for this transaction. Raises PC006, PC333.';

revoke execute on function comply.enter_signed(text, uuid) from public;
grant  execute on function comply.enter_signed(text, uuid)
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
