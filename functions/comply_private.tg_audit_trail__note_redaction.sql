-- So that no image goes without a row that says for which erasure, and nothing but images goes, whichever way the
-- update came here. Constraints say that where the salt is gone the images are as well, and the digest is there. Writes
-- the trail, which callers cannot, so it has the owner's rights.
create or replace function comply_private.tg_audit_trail__note_redaction()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set jit = off
as $$
declare
  v_head   text := comply_private.audit_id_head((date_part('epoch', clock_timestamp()) * 1000000)::bigint);
  v_tail   text := comply_private.audit_id_tail();
  v_tenant text;
begin
  -- Who has no permit and came past the other guard has switched it off, which is for others to say.
  if to_regclass('comply_private.redaction_permits') is null then
    return null;
  elsif not comply_private.may_redact() then
    return null;
  end if;

  if exists (
    select
    from old_rows as o
    full join new_rows as n
      on n.tenant_id = o.tenant_id and n.id = o.id and n.transaction_id = o.transaction_id
    where n.salt is not null
       or o.id is null
       or n.id is null
       or comply_private.audit_trail_leaf(o) is distinct from comply_private.audit_trail_leaf(n)
  ) then
    raise exception 'an update of comply.audit_trail changes more than images'
      using errcode = 'PC002',
            hint    = 'An erasure removes images, and nothing else of a row changes.';
  end if;

  select n.tenant_id
  into v_tenant
  from new_rows as n
  where not exists (
    select
    from comply_private.redaction_permits as p
    where p.tenant_id = n.tenant_id
      and p.transaction_id = pg_current_xact_id()
  )
  limit 1;

  if found then
    raise exception 'no erasure removes images of tenant %', quote_literal(v_tenant)
      using errcode = 'PC002',
            hint    = 'Erase a subject or a tenant: comply.erase_subject(), comply.erase_tenant().';
  end if;

  insert into comply.audit_trail (
    tenant_id, id, "timestamp", table_name, record_id, operation, user_id, active_role, actor, new_values,
    correlation_id, ip_address, user_agent, transaction_id)
  select
    n.tenant_id,
    (v_head || lpad(to_hex(row_number() over ()), 7, '0') || v_tail)::uuid,
    comply_private.clock(),
    'audit_trail',
    n.id,
    'REDACT',
    session_user,
    nullif(current_setting('role'), 'none'),
    comply.current_actor(),
    jsonb_build_object(
      'erasure_id', (
        select p.erasure_id
        from comply_private.redaction_permits as p
        where p.tenant_id = n.tenant_id
          and p.transaction_id = pg_current_xact_id()
        limit 1
      ),
      'table_name', n.table_name,
      'record_id', n.record_id),
    comply.current_correlation_id(),
    inet_client_addr(),
    nullif(current_setting('application_name'), ''),
    pg_current_xact_id()
  from new_rows as n;

  return null;
end;
$$;

comment on function comply_private.tg_audit_trail__note_redaction() is
  'Trigger: write one row REDACT for each row of the trail whose images were removed. Raises PC002.';

revoke execute on function comply_private.tg_audit_trail__note_redaction() from public;
