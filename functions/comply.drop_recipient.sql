-- Writes what callers cannot, so it has the owner's rights.
create or replace function comply.drop_recipient(tenant_id text, activity text, recipient text, country text)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  delete from comply.processing_recipients as r
  where r.tenant = drop_recipient.tenant_id
    and r.activity = drop_recipient.activity
    and r.recipient = drop_recipient.recipient
    and r.country = drop_recipient.country;

  return found;
end;
$$;

comment on function comply.drop_recipient(text, text, text, text) is
  'Take from the record who does not get the data of an activity any more, in one country; true if they were in it. '
  'comply.admin_events() keeps that they were. Idempotent.';

revoke execute on function comply.drop_recipient(text, text, text, text) from public;
grant  execute on function comply.drop_recipient(text, text, text, text) to comply_admin;
