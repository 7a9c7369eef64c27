-- Runs with the caller's rights, because pg_cron runs a job as the login that registered it. Its functions are
-- called by their one schema, and only while the extension owns that: anyone else's schema cron is not ours to
-- run.
create or replace function comply.schedule()
returns setof text
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_job record;
begin
  if not exists (select from pg_extension as e where e.extname = 'pg_cron') then
    raise exception 'pg_cron is not in database %', quote_ident(current_database())
      using errcode = 'PC340',
            hint    = 'Have it installed here (cron.database_name); or where it is, pass the rows of '
                      'comply.scheduled_jobs() to cron.schedule_in_database(); or run comply-db maintain hourly.';
  end if;

  for v_job in
    select j.job, j.schedule, j.command
    from comply.scheduled_jobs() as j
  loop
    execute 'select cron.schedule($1, $2, $3)' using v_job.job, v_job.schedule, v_job.command;
    return next v_job.job;
  end loop;
end;
$$;

comment on function comply.schedule() is
  'Register the jobs of comply.scheduled_jobs() with pg_cron, to run as this login; return their names. Idempotent. '
  'Raises PC340.';

revoke execute on function comply.schedule() from public;
grant  execute on function comply.schedule() to comply_operator;
