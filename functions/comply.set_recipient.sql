-- Writes what callers cannot, so it has the owner's rights: nobody chooses who set it.
create or replace function comply.set_recipient(
  tenant_id text,
  activity  text,
  recipient text,
  country   text,
  reason    text,
  safeguard text default null
)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  if not exists (
    select
    from comply.processing_activities as p
    where p.tenant = set_recipient.tenant_id
      and p.name = set_recipient.activity
  ) then
    raise exception 'tenant % has no activity %', quote_nullable(set_recipient.tenant_id),
      quote_nullable(set_recipient.activity)
      using errcode = 'PC617',
            hint    = 'Pass tenant and name of a row of comply.processing_activities.';
  end if;

  insert into comply.processing_recipients as r (tenant, activity, recipient, country, safeguard, reason)
  values (
    set_recipient.tenant_id, set_recipient.activity, set_recipient.recipient, set_recipient.country,
    set_recipient.safeguard, set_recipient.reason)
  on conflict on constraint processing_recipients_pkey do update
  set safeguard = excluded.safeguard,
      reason = excluded.reason,
      set_by = session_user,
      set_at = comply.now()
  where (r.safeguard, r.reason) is distinct from (excluded.safeguard, excluded.reason);

  return found;
end;
$$;

comment on function comply.set_recipient(text, text, text, text, text, text) is
  'Keep on record who gets the data of an activity, in which country, and what protects it there; true if '
  'this call changed it. Idempotent. Raises PC617.';

revoke execute on function comply.set_recipient(text, text, text, text, text, text) from public;
grant  execute on function comply.set_recipient(text, text, text, text, text, text) to comply_admin;
