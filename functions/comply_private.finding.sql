-- A check that is not in the registry makes no finding: the run says so.
create or replace function comply_private.finding(
  check_id  text,
  status    text,
  subject   text,
  expected  text,
  observed  jsonb,
  tenant_id text default null
)
returns comply.finding
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_finding comply.finding;
begin
  select
    c.check_id,
    finding.status,
    c.severity,
    finding.subject,
    finding.expected,
    coalesce(finding.observed, '{}'),
    c.evidence_query,
    comply.now(),
    finding.tenant_id
  into v_finding
  from comply.checks as c
  where c.check_id = finding.check_id;

  if not found then
    raise exception 'check % is unknown', quote_nullable(finding.check_id)
      using errcode = 'PC603',
            hint    = 'Pass one of comply.checks.';
  end if;

  return v_finding;
end;
$$;

comment on function comply_private.finding(text, text, text, text, jsonb, text) is
  'Make a finding of a check: severity and evidence are those of the registry, the time is comply.now(). Raises PC603.';

revoke execute on function comply_private.finding(text, text, text, text, jsonb, text) from public;
