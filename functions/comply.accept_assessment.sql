-- Runs with the caller's rights: policies and grants of the table let administrators write, and nobody say who did.
create or replace function comply.accept_assessment(
  rule           text,
  subject        text,
  reason         text,
  accepted_until timestamptz,
  schema_name    text default 'comply',
  tenant_column  text default 'tenant_id'
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_severity text;
begin
  select f.severity
  into v_severity
  from comply.assess_schema(accept_assessment.schema_name, true, accept_assessment.tenant_column) as f
  where f.rule = accept_assessment.rule
    and f.subject = accept_assessment.subject;

  if not found then
    raise exception 'rule % finds nothing in %', quote_nullable(accept_assessment.rule),
      quote_nullable(accept_assessment.subject)
      using errcode = 'PC640',
            hint    = format('Pass rule and subject as comply.assess_schema(%L, true) returns them.',
                             accept_assessment.schema_name);
  end if;

  delete from comply.assessment_exceptions as e
  where e.rule = accept_assessment.rule
    and e.subject = accept_assessment.subject;

  insert into comply.assessment_exceptions (rule, subject, severity, reason, accepted_until)
  values (
    accept_assessment.rule, accept_assessment.subject, v_severity, accept_assessment.reason,
    accept_assessment.accepted_until);
end;
$$;

comment on function comply.accept_assessment(text, text, text, timestamptz, text, text) is
  'Accept a finding of comply.assess_schema() for a reason, until a time at most 366 days from now; again, to say '
  'another. It is open again after that, or once it is more severe. Raises PC640.';

revoke execute on function comply.accept_assessment(text, text, text, timestamptz, text, text) from public;
grant  execute on function comply.accept_assessment(text, text, text, timestamptz, text, text) to comply_admin;
