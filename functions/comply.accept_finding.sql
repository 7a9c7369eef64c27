-- Writes exceptions, which callers cannot, so it has the owner's rights: nobody chooses who accepted.
create or replace function comply.accept_finding(
  check_id  text,
  reason    text,
  ends_at   timestamptz,
  subject   text default null,
  tenant_id text default '_system'
)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_id uuid := comply.new_id();
begin
  if not exists (select from comply.checks as c where c.check_id = accept_finding.check_id) then
    raise exception 'check % is unknown', quote_nullable(accept_finding.check_id)
      using errcode = 'PC603',
            hint    = 'Pass one of comply.checks: nothing is accepted.';
  end if;

  -- An exception under a misspelt name would excuse nothing.
  if accept_finding.tenant_id is distinct from '_system'
     and not exists (select from comply.tenant_configs as c where c.tenant_id = accept_finding.tenant_id)
  then
    raise exception 'tenant % is unknown', quote_nullable(accept_finding.tenant_id)
      using errcode = 'PC003',
            hint    = 'Check the spelling, or pass _system for the database as a whole.';
  end if;

  insert into comply.finding_exceptions (tenant_id, id, check_id, subject, reason, ends_at)
  values (
    accept_finding.tenant_id, v_id, accept_finding.check_id, accept_finding.subject, accept_finding.reason,
    accept_finding.ends_at);

  return v_id;
end;
$$;

comment on function comply.accept_finding(text, text, timestamptz, text, text) is
  'Accept what a check finds, of a subject or of every one, until a time; return the exception. The findings fail all '
  'the same, and reports name it. Raises PC003, PC603.';

revoke execute on function comply.accept_finding(text, text, timestamptz, text, text) from public;
grant  execute on function comply.accept_finding(text, text, timestamptz, text, text) to comply_admin;
