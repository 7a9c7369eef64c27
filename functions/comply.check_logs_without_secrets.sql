-- Reads settings, of which callers are shown less than the owner, so it has the owner's rights.
create or replace function comply.check_logs_without_secrets()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  return query
  with leaking as (
    select l.name, l.setting
    from comply_private.leaking_settings() as l
    union
    select s.name, s.setting
    from pg_settings as s
    where (s.name = 'log_statement' and s.setting in ('all', 'mod'))
       or (s.name in ('log_min_duration_statement', 'log_min_duration_sample') and s.setting <> '-1')
       or (s.name = 'log_transaction_sample_rate' and s.setting <> '0')
       or (s.name in ('debug_print_parse', 'debug_print_plan', 'debug_print_rewritten') and s.setting = 'on')
  )
  select f.*
  from (
    select l.name, l.setting, 'fail' as status
    from leaking as l
    union all
    select 'log settings', null, 'pass'
    where not exists (select from leaking)
  ) as j
  cross join lateral comply_private.finding(
    'logs_without_secrets', j.status, j.name, 'no statement, parameter or plan is written into the server''s log',
    jsonb_strip_nulls(jsonb_build_object('setting', j.setting))) as f
  order by j.name;
end;
$$;

comment on function comply.check_logs_without_secrets() is
  'Return each setting by which values of statements get into the log of the server, or that there is none.';

revoke execute on function comply.check_logs_without_secrets() from public;
grant  execute on function comply.check_logs_without_secrets() to comply_auditor, comply_admin, comply_operator;
