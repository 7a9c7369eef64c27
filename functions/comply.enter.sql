-- Looks up the tenant and the profile, which callers cannot before they have a context, so it has the owner's
-- rights.
create or replace function comply.enter(
  tenant_id      text,
  actor          text default null,
  correlation_id uuid default null
)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if not coalesce(length(enter.tenant_id) <= 63 and enter.tenant_id ~ '^[a-z0-9][a-z0-9_-]*$', false) then
    perform comply_private.refuse(
      'PC001', format('tenant %s is not of the form of a tenant', quote_nullable(left(enter.tenant_id, 100))),
      'A tenant has 1 to 63 characters, a-z, 0-9, _ and -, the first a-z or 0-9.');
  end if;

  if enter.actor ~ '[[:cntrl:]]' or length(enter.actor) not between 1 and 256 then
    perform comply_private.refuse(
      'PC001', format('actor %s does not say on whose behalf', quote_nullable(left(enter.actor, 100))),
      'Pass 1 to 256 characters without control characters, or leave the actor out.');
  end if;

  if (select s.profile from comply_private.context_settings as s) is distinct from 'trusted' then
    perform comply_private.refuse(
      'PC005', format('tenant %s has to be proven by a signed context', quote_literal(enter.tenant_id)),
      'Call comply.enter_signed(token) with a token of the gateway: this database is strict.');
  end if;

  if not exists (select from comply.tenant_configs as c where c.tenant_id = enter.tenant_id) then
    perform comply_private.refuse(
      'PC003', format('tenant %s is unknown', quote_literal(enter.tenant_id)),
      'Check the spelling, or add the tenant as comply_admin with comply.add_tenant().');
  end if;

  perform comply_private.set_context(enter.tenant_id, enter.actor, enter.correlation_id);
end;
$$;

comment on function comply.enter(text, text, uuid) is
  'Set the tenant, the actor and the request that this transaction works for. Raises PC001, PC003, PC005, PC333.';

revoke execute on function comply.enter(text, text, uuid) from public;
grant  execute on function comply.enter(text, text, uuid)
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
