create or replace function comply.withdraw_acceptance(rule text, subject text)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  delete from comply.assessment_exceptions as e
  where e.rule = withdraw_acceptance.rule
    and e.subject = withdraw_acceptance.subject;

  return found;
end;
$$;

comment on function comply.withdraw_acceptance(text, text) is
  'Take back what comply.accept_assessment() accepted; true if it had. Idempotent.';

revoke execute on function comply.withdraw_acceptance(text, text) from public;
grant  execute on function comply.withdraw_acceptance(text, text) to comply_admin;
