-- Writes exceptions, which callers cannot, so it has the owner's rights: nobody chooses who withdrew one.
create or replace function comply.withdraw_exception(exception_id uuid, reason text)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  update comply.finding_exceptions as e
  set withdrawn_by = session_user,
      withdrawn_at = comply.now(),
      withdraw_reason = withdraw_exception.reason,
      updated_at = comply.now()
  where e.id = withdraw_exception.exception_id
    and e.withdrawn_at is null;

  if found then
    return true;
  end if;

  if not exists (select from comply.finding_exceptions as e where e.id = withdraw_exception.exception_id) then
    raise exception 'there is no exception %', coalesce(withdraw_exception.exception_id::text, 'null')
      using errcode = 'PC602',
            hint    = 'See comply.finding_exceptions.';
  end if;

  return false;
end;
$$;

comment on function comply.withdraw_exception(uuid, text) is
  'End an exception before its time; true if this call did, false if it was withdrawn before. Idempotent. Raises PC602.';

revoke execute on function comply.withdraw_exception(uuid, text) from public;
grant  execute on function comply.withdraw_exception(uuid, text) to comply_admin;
