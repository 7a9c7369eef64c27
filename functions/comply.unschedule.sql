-- Runs with the caller's rights: pg_cron lets a login see and remove its own jobs.
create or replace function comply.unschedule()
returns setof text
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (select from pg_extension as e where e.extname = 'pg_cron') then
    return;
  end if;

  return query execute
    'select j.jobname::text
     from cron.job as j
     join comply.scheduled_jobs() as s on s.job = j.jobname
     where j.username = current_user
       and cron.unschedule(j.jobid)';
end;
$$;

comment on function comply.unschedule() is
  'Remove the jobs that comply.schedule() registered for this login; return their names. Idempotent.';

revoke execute on function comply.unschedule() from public;
grant  execute on function comply.unschedule() to comply_operator;
