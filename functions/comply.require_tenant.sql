-- The line in the server's log outlives the transaction, which the error ends. Written here, because callers
-- have no way to comply_private.refuse(), and parallel workers must do no more.
create or replace function comply.require_tenant()
returns text
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_tenant text := comply.current_tenant();
begin
  if v_tenant is null then
    raise log 'comply.security %', jsonb_strip_nulls(jsonb_build_object(
      'code', 'PC004',
      'message', 'no tenant in context',
      'user_id', session_user,
      'active_role', nullif(current_setting('role'), 'none'),
      'correlation_id', nullif(current_setting('comply.correlation_id', true), ''),
      'ip_address', host(inet_client_addr()),
      'user_agent', nullif(current_setting('application_name'), '')));

    raise exception 'no tenant in context'
      using errcode = 'PC004',
            hint    = 'Begin a transaction and call comply.enter(tenant_id), or comply.enter_signed(token), first.';
  end if;

  return v_tenant;
end;
$$;

comment on function comply.require_tenant() is
  'Return the tenant of this transaction. Raises PC004 where there is none.';

revoke execute on function comply.require_tenant() from public;
grant  execute on function comply.require_tenant()
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
