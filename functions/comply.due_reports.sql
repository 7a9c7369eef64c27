-- Reads what operators cannot, so it has the owner's rights; it shows schedules only.
create or replace function comply.due_reports()
returns table (
  schedule    uuid,
  tenant      text,
  framework   text,
  formats     text[],
  period_from timestamptz,
  period_to   timestamptz
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
#variable_conflict use_column
begin
  return query
  select s.id, nullif(s.tenant_id, '_system'), s.framework_id, s.formats, s.next_from, s.next_from + s.every
  from comply.report_schedules as s
  where s.next_from + s.every <= comply.now()
  order by s.next_from + s.every, s.id;
end;
$$;

comment on function comply.due_reports() is
  'Return the reports that schedules ask for and that are not made: of each schedule the earliest period that is over.';

revoke execute on function comply.due_reports() from public;
grant  execute on function comply.due_reports() to comply_auditor, comply_admin, comply_operator;
