-- Statements are logged with the values of their parameters unless these are cut to nothing; plans have them as
-- constants. Where a library is not loaded, its settings are not there.
create or replace function comply_private.leaking_settings()
returns table (name text, setting text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  with s as materialized (
    select p.name, p.setting
    from pg_settings as p
    where p.name ~ '^(log_|debug_print_|auto_explain\.|pgaudit\.)'
  )
  select l.name, l.setting
  from s as l
  where l.name = 'log_parameter_max_length'
    and l.setting <> '0'
    and exists (
      select
      from s as e
      where (e.name, e.setting) = ('log_statement', 'all')
         or e.name in ('log_min_duration_statement', 'log_min_duration_sample') and e.setting <> '-1'
         or e.name = 'log_transaction_sample_rate' and e.setting <> '0'
    )
  union all
  select l.name, l.setting
  from s as l
  where l.name = 'log_parameter_max_length_on_error' and l.setting <> '0'
     or l.name = 'debug_print_plan' and l.setting = 'on'
     or l.name = 'pgaudit.log_parameter' and l.setting = 'on'
     or l.name in ('auto_explain.log_parameter_max_length', 'auto_explain.log_verbose')
        and l.setting not in ('0', 'off')
        and exists (select from s as e where e.name = 'auto_explain.log_min_duration' and e.setting <> '-1');
end;
$$;

comment on function comply_private.leaking_settings() is
  'Return the settings by which keys that are passed to comply.open_keys() get into the log of the server.';

revoke execute on function comply_private.leaking_settings() from public;
