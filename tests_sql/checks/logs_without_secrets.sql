begin;
set local search_path = tap, pg_catalog;
select plan(6);
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

select * from finish();
rollback;
