-- Reads the profile, which callers cannot, so it has the owner's rights. As long as comply.enter() takes it and no
-- longer: a setting takes anything, and the trail's indexes do not.
create or replace function comply.current_actor()
returns text
language plpgsql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if (select s.profile from comply_private.context_settings as s) = 'trusted' then
    return nullif(left(current_setting('comply.actor', true), 256), '');
  end if;

  return (select c.actor from comply_private.signed_claims() as c);
end;
$$;

comment on function comply.current_actor() is
  'Return on whose behalf this transaction works, as the service claims or a token proves it, or null.';

revoke execute on function comply.current_actor() from public;
grant  execute on function comply.current_actor()
  to comply_app, comply_reader, comply_analyst, comply_auditor, comply_admin, comply_operator;
