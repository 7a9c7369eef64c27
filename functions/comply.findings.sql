-- Runs with the caller's rights, so each sees what policies show. Volatile, so that it sees a run which the same
-- statement made: select * from comply.findings(comply.run_checks()).
create or replace function comply.findings(run uuid)
returns table (
  check_id       text,
  title          text,
  status         text,
  severity       text,
  tenant_id      text,
  subject        text,
  expected       text,
  observed       jsonb,
  evidence_query text,
  collected_at   timestamptz,
  frameworks     text[],
  control_ids    text[],
  coverages      text[],
  exception_id   uuid,
  finding_id     uuid
)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  if not exists (select from comply.findings as f where f.run_id = findings.run)
     and not exists (select from comply.check_runs as r where r.id = findings.run)
  then
    raise exception 'there is no run %, or nothing in it for the caller', findings.run
      using errcode = 'PC602',
            hint    = 'See comply.check_runs; a service calls comply.enter() first.';
  end if;

  return query
  select
    f.check_id,
    c.title,
    f.status,
    f.severity,
    f.tenant_id,
    f.subject,
    f.expected,
    f.observed,
    f.evidence_query,
    f.collected_at,
    f.frameworks,
    f.control_ids,
    f.coverages,
    (
      select e.id
      from comply.finding_exceptions as e
      where e.tenant_id = f.tenant_id
        and e.check_id = f.check_id
        and (e.subject is null or e.subject = f.subject)
        and f.status <> 'pass'
        and f.collected_at >= e.accepted_at
        and f.collected_at < least(e.ends_at, e.withdrawn_at)
      order by e.ends_at desc, e.id
      limit 1
    ),
    f.id
  from comply.findings as f
  join comply.checks as c on c.check_id = f.check_id
  where f.run_id = findings.run
  order by c.position, f.id;
end;
$$;

comment on function comply.findings(uuid) is
  'Return what a run of checks found, with the exception that stood at the time, where one did. Raises PC602.';

revoke execute on function comply.findings(uuid) from public;
grant  execute on function comply.findings(uuid) to comply_app, comply_reader, comply_auditor, comply_admin;
