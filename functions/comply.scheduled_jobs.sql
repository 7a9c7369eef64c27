-- What pg_cron is to do, in one place: comply.schedule() registers it, and a DBA whose pg_cron lives in another
-- database passes the same to cron.schedule_in_database() there.
create or replace function comply.scheduled_jobs()
returns table (job text, schedule text, command text)
language sql
immutable
parallel safe
begin atomic
  values
    ('comply_checks', '41 4 * * *', 'select comply.run_checks()'),
    ('comply_maintain', '17 * * * *', 'call comply.maintain()'),
    ('comply_rollups', '* * * * *', 'call comply.refresh_rollups()'),
    ('comply_seal', '* * * * *', $q$call comply.seal_audit(max_age => '1 minute')$q$);
end;

comment on function comply.scheduled_jobs() is
  'Return the jobs that look after this database: a name, when as cron says it, and the command.';

revoke execute on function comply.scheduled_jobs() from public;
grant  execute on function comply.scheduled_jobs() to comply_admin, comply_operator;
