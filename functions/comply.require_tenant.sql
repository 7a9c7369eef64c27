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
