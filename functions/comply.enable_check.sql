-- Writes the registry, which callers cannot, so it has the owner's rights. A check that is not asked does not vanish from
-- runs: it is for a person to judge.
create or replace function comply.enable_check(check_id text, is_enabled boolean default true)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  update comply.checks as c
  set is_enabled = enable_check.is_enabled
  where c.check_id = enable_check.check_id
    and c.is_enabled <> enable_check.is_enabled;

  if found then
    return true;
  end if;

  if not exists (select from comply.checks as c where c.check_id = enable_check.check_id) then
    raise exception 'check % is unknown', quote_nullable(enable_check.check_id)
      using errcode = 'PC603',
            hint    = 'Pass one of comply.checks.';
  end if;

  return false;
end;
$$;

comment on function comply.enable_check(text, boolean) is
  'Let runs ask a check, or leave it to a person to judge; true if this call changed it. Idempotent. Raises PC603.';

revoke execute on function comply.enable_check(text, boolean) from public;
grant  execute on function comply.enable_check(text, boolean) to comply_admin;
