-- Reads settings, of which callers are shown less than the owner, so it has the owner's rights. A setting of a login
-- or of the database is that of other sessions than this one.
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
  with setting as (
    select s.name, s.name as subject, s.setting
    from pg_settings as s
    union all
    select
      split_part(u.line, '=', 1),
      concat_ws(' ', split_part(u.line, '=', 1), 'of', r.rolname, d.datname),
      lower(substr(u.line, strpos(u.line, '=') + 1))
    from pg_db_role_setting as s
    cross join unnest(s.setconfig) as u (line)
    left join pg_roles as r on r.oid = s.setrole
    left join pg_database as d on d.oid = s.setdatabase
    where s.setdatabase = 0
       or d.datname = current_database()
  ),
  leaking as (
    select l.name as subject, l.setting
    from comply_private.leaking_settings() as l
    union
    select s.subject, s.setting
    from setting as s
    where (s.name = 'log_statement' and s.setting in ('all', 'mod'))
       or (s.name in ('log_min_duration_statement', 'log_min_duration_sample') and s.setting <> '-1')
       or (s.name in ('log_transaction_sample_rate', 'log_parameter_max_length_on_error') and s.setting <> '0')
       or (
         s.name in ('debug_print_parse', 'debug_print_plan', 'debug_print_rewritten', 'pgaudit.log_parameter')
         and s.setting not in ('off', 'false', 'no', '0')
       )
  )
  select f.*
  from (
    select l.subject, l.setting, 'fail' as status
    from leaking as l
    union all
    select 'log settings', null, 'pass'
    where not exists (select from leaking)
  ) as j
  cross join lateral comply_private.finding(
    'logs_without_secrets', j.status, j.subject, 'no statement, parameter or plan is written into the server''s log',
    jsonb_strip_nulls(jsonb_build_object('setting', j.setting))) as f
  order by j.subject;
end;
$$;

comment on function comply.check_logs_without_secrets() is
  'Return each setting by which values of statements get into the log of the server, or that there is none.';

revoke execute on function comply.check_logs_without_secrets() from public;
grant  execute on function comply.check_logs_without_secrets() to comply_auditor, comply_admin, comply_operator;
