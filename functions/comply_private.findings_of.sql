-- Subjects that are as expected are one finding, with those of a tenant apart; each of the others is its own, so that
-- runs can be compared by subject. Ten thousand that fail for one reason are no ten thousand reasons: the first 200
-- are named, the others counted; comply.finding_changes() knows those by "unnamed".
create or replace function comply_private.findings_of(
  check_id text,
  expected text,
  together text,
  judged   comply_private.judged[]
)
returns setof comply.finding
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  if cardinality(findings_of.judged) = 0 then
    return next comply_private.finding(
      findings_of.check_id, 'na', findings_of.together, findings_of.expected, '{"subjects": 0}');
    return;
  end if;

  return query
  with subject as (
    select
      j.*,
      case j.is_good when true then 'pass' when false then 'fail' else 'manual' end as status,
      row_number() over (partition by j.is_good order by j.tenant_id nulls first, j.subject) as n
    from unnest(findings_of.judged) as j
  )
  select f.*
  from (
    select s.status, s.tenant_id, s.subject, s.observed
    from subject as s
    where s.status <> 'pass'
      and s.n <= 200
    union all
    select
      s.status,
      null,
      format('%s: more', findings_of.together),
      jsonb_build_object('subjects', count(*), 'unnamed', true)
    from subject as s
    where s.status <> 'pass'
      and s.n > 200
    group by s.status
    union all
    select s.status, s.tenant_id, findings_of.together, jsonb_build_object('subjects', count(*))
    from subject as s
    where s.status = 'pass'
    group by s.status, s.tenant_id
  ) as u
  cross join lateral comply_private.finding(
    findings_of.check_id, u.status, u.subject, findings_of.expected, u.observed, u.tenant_id) as f
  order by u.status, u.tenant_id nulls first, u.subject;
end;
$$;

comment on function comply_private.findings_of(text, text, text, comply_private.judged[]) is
  'Return the findings of a check that has judged subjects: each that is not as expected, those that are together; na '
  'where there are none.';

revoke execute on function comply_private.findings_of(text, text, text, comply_private.judged[]) from public;
