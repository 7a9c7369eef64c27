-- Destroys what callers cannot, and names the tenant itself, so it has the owner's rights.
create or replace function comply.erase_tenant(
  tenant_id    text,
  basis        text,
  requested_at timestamptz default null)
returns comply.erasures
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_erasure comply.erasures;
  v_matter  text;
begin
  v_erasure := comply_private.request_erasure(
    erase_tenant.tenant_id, 'tenant', null, erase_tenant.basis, erase_tenant.requested_at);
  v_matter := comply_private.held(erase_tenant.tenant_id, null, null);

  if v_erasure.shredded_at is not null then
    return v_erasure;
  elsif v_matter is null then
    perform comply_private.carry_out_tenant(erase_tenant.tenant_id, v_erasure.id);
  else
    update comply.erasures as e
    set state = 'deferred',
        matter = v_matter
    where e.tenant_id = erase_tenant.tenant_id
      and e.id = v_erasure.id;
  end if;

  select e.*
  into v_erasure
  from comply.erasures as e
  where e.tenant_id = erase_tenant.tenant_id
    and e.id = v_erasure.id;

  return v_erasure;
end;
$$;

comment on function comply.erase_tenant(text, text, timestamptz) is
  'Shred all keys of a tenant and keep everybody out of it; retention then destroys its rows, and '
  'comply.redact_erased() the images of them. Under any hold of the tenant destroy nothing, and note the matter that '
  'defers it. Return the erasure. Idempotent. Waits for holds that are being placed. Raises PC003, PC330, PC331, '
  'PC332.';

revoke execute on function comply.erase_tenant(text, text, timestamptz) from public;
grant  execute on function comply.erase_tenant(text, text, timestamptz) to comply_admin;
