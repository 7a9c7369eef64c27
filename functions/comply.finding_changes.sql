-- Runs with the caller's rights, so each sees what policies show. Volatile, as comply.findings() is. Several findings
-- of one subject are paired in the order of their ids. What passes is together with others and has no finding of its
-- own: a failure that is gone is cured, unless nobody looked, or so much fails that not all of it is named.
create or replace function comply.finding_changes(run_a uuid, run_b uuid)
returns table (
  change     text,
  check_id   text,
  tenant_id  text,
  subject    text,
  severity   text,
  status_a   text,
  status_b   text,
  observed_a jsonb,
  observed_b jsonb
)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
  with a as (
    select f.*, row_number() over (partition by f.check_id, f.tenant_id, f.subject order by f.finding_id) as n
    from comply.findings(finding_changes.run_a) as f
  ),
  b as (
    select f.*, row_number() over (partition by f.check_id, f.tenant_id, f.subject order by f.finding_id) as n
    from comply.findings(finding_changes.run_b) as f
  ),
  unnamed_a as (
    select o.check_id
    from a as o
    where o.status = 'fail'
      and o.observed ? 'unnamed'
  ),
  unknown_b as (
    select o.check_id
    from b as o
    where (o.status = 'fail' and o.observed ? 'unnamed')
       or (
         o.status in ('error', 'manual')
         -- What a person had to judge before as well is no reason why something vanished.
         and not exists (
           select
           from a as p
           where (p.check_id, p.tenant_id, p.subject, p.status) = (o.check_id, o.tenant_id, o.subject, o.status)
         )
       )
  )
  select
    case
      when a.status = 'fail' and b.status = 'pass' then 'cured'
      when a.status = 'fail'
           and b.status is null
           and exists (select from b as o where o.check_id = a.check_id)
           and a.check_id not in (select u.check_id from unknown_b as u)
        then 'cured'
      when b.status = 'fail'
           and a.status is distinct from 'fail'
           and (a.status is not null or b.check_id not in (select u.check_id from unnamed_a as u))
        then 'failed'
      when a.finding_id is null then 'appeared'
      when b.finding_id is null then 'disappeared'
      when a.status = b.status then 'observed'
      else 'status'
    end,
    coalesce(b.check_id, a.check_id),
    coalesce(b.tenant_id, a.tenant_id),
    coalesce(b.subject, a.subject),
    coalesce(b.severity, a.severity),
    a.status,
    b.status,
    a.observed,
    b.observed
  from a
  full join b on b.check_id = a.check_id and b.tenant_id = a.tenant_id and b.subject = a.subject and b.n = a.n
  where (a.status, a.observed) is distinct from (b.status, b.observed)
     or a.finding_id is null
     or b.finding_id is null
  order by 2, 3, 4, 1;
end;
$$;

comment on function comply.finding_changes(uuid, uuid) is
  'Return what differs between two runs of checks: failed, cured, status: any other change of it, observed: the same '
  'status for other reasons, appeared and disappeared: a finding that is no failure, that nobody looked for, or of a '
  'check that fails so often that not all is named. Raises PC602.';

revoke execute on function comply.finding_changes(uuid, uuid) from public;
grant  execute on function comply.finding_changes(uuid, uuid)
  to comply_app, comply_reader, comply_auditor, comply_admin;
