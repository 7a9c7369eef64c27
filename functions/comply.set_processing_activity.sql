-- Writes what callers cannot, so it has the owner's rights: nobody chooses who set it.
create or replace function comply.set_processing_activity(
  tenant_id   text,
  name        text,
  role        text,
  purpose     text,
  legal_basis text,
  controller  text,
  tables      text[],
  security    text,
  valid_until timestamptz default null
)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_unknown text;
begin
  if set_processing_activity.tenant_id is distinct from '*' then
    perform comply_private.require_scope(set_processing_activity.tenant_id);
  end if;

  select t.name
  into v_unknown
  from unnest(set_processing_activity.tables) as t (name)
  where t.name is null
     or to_regclass(format('comply.%I', t.name)) is null
  limit 1;

  if found then
    raise exception 'activity % uses table %, which there is not',
      quote_nullable(set_processing_activity.name), quote_nullable(v_unknown)
      using errcode = 'PC617',
            hint    = 'Pass names of tables of schema comply, without it.';
  end if;

  insert into comply.processing_activities as p (
    tenant, name, role, purpose, legal_basis, controller, tables, security, valid_until)
  values (
    set_processing_activity.tenant_id, set_processing_activity.name, set_processing_activity.role,
    set_processing_activity.purpose, set_processing_activity.legal_basis, set_processing_activity.controller,
    set_processing_activity.tables, set_processing_activity.security, set_processing_activity.valid_until)
  on conflict on constraint processing_activities_pkey do update
  set role = excluded.role,
      purpose = excluded.purpose,
      legal_basis = excluded.legal_basis,
      controller = excluded.controller,
      tables = excluded.tables,
      security = excluded.security,
      valid_until = excluded.valid_until,
      set_by = session_user,
      set_at = comply.now()
  where (p.role, p.purpose, p.legal_basis, p.controller, p.tables, p.security, p.valid_until)
        is distinct from (
          excluded.role, excluded.purpose, excluded.legal_basis, excluded.controller, excluded.tables,
          excluded.security, excluded.valid_until);

  return found;
end;
$$;

comment on function
  comply.set_processing_activity(text, text, text, text, text, text, text[], text, timestamptz) is
  'Keep on record how personal data is processed, of a tenant or of every one (*); true if this call changed it. '
  'Idempotent. Raises PC003, PC332, PC617.';

revoke execute on function
  comply.set_processing_activity(text, text, text, text, text, text, text[], text, timestamptz) from public;
grant  execute on function
  comply.set_processing_activity(text, text, text, text, text, text, text[], text, timestamptz) to comply_admin;
