-- Reads rules and certificates of every tenant, which some callers may not, so it has the owner's rights. Apart
-- from trail_kept, as it bears on other controls.
create or replace function comply.check_ai_logs_kept()
returns setof comply.finding
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set intervalstyle = postgres
set jit = off
as $$
begin
  return query
  select f.*
  from comply_private.kept_long_enough('ai_logs_kept', '{detector_executions}') as f;
end;
$$;

comment on function comply.check_ai_logs_kept() is
  'Return of each tenant whether its rule, and what was destroyed, keeps the logs of detector calls long '
  'enough.';

revoke execute on function comply.check_ai_logs_kept() from public;
grant  execute on function comply.check_ai_logs_kept() to comply_auditor, comply_admin, comply_operator;
