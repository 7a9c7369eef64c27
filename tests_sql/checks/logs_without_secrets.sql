begin;
set local search_path = tap, pg_catalog;
select plan(9);
\ir fixture.psql
\ir faults/logs_without_secrets.psql

select is(pg_temp.status_of('logs_without_secrets'), 'pass', 'a server as it comes writes no values');
select is(
  pg_temp.status_under(f.check_id, f.statement), 'fail', 'statements in the log are found')
from fault as f;
select is(
  pg_temp.observed_under('logs_without_secrets', format('set local %s = %s', s.name, s.setting), s.name) ->> 'setting',
  s.setting, format('so is %s', s.name))
from (
  values
    ('log_min_duration_statement', '5000'),
    ('log_parameter_max_length_on_error', '-1'),
    ('debug_print_plan', 'on'),
    ('log_transaction_sample_rate', '0.5')
) as s (name, setting);

create role test_service login;
select is(
  pg_temp.observed_under('logs_without_secrets', s.statement, s.subject) ->> 'setting', s.setting, s.what)
from (
  values
    ($$ alter role test_service set log_statement = 'all' $$, 'log_statement of test_service', 'all',
     'so is what is set for a login'),
    (format('alter database %I set log_min_duration_statement = 0', current_database()),
     'log_min_duration_statement of ' || current_database(), '0', 'or for the database'),
    (format('alter role test_service in database %I set log_parameter_max_length_on_error = -1', current_database()),
     format('log_parameter_max_length_on_error of test_service %s', current_database()), '-1', 'or for both')
) as s (statement, subject, setting, what);

select * from finish();
rollback;
