-- Writes what callers cannot, so it has the owner's rights.
create or replace function comply.drop_report_schedule(schedule uuid)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  delete from comply.report_schedules as s
  where s.id = drop_report_schedule.schedule;

  return found;
end;
$$;

comment on function comply.drop_report_schedule(uuid) is
  'Have a report made no longer; true if there was such a schedule. Reports that were made stay on record. Idempotent.';

revoke execute on function comply.drop_report_schedule(uuid) from public;
grant  execute on function comply.drop_report_schedule(uuid) to comply_admin;
