-- Reads rules and certificates of every tenant, which some callers may not, so it has the owner's rights.
create or replace function comply.check_trail_kept()
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
  from comply_private.kept_long_enough('trail_kept', '{audit_trail,access_log,security_events}') as f;
end;
$$;

comment on function comply.check_trail_kept() is
  'Return of each table of the trail and tenant whether its rule, and what was destroyed, keeps it long '
  'enough.';

revoke execute on function comply.check_trail_kept() from public;
grant  execute on function comply.check_trail_kept() to comply_auditor, comply_admin, comply_operator;
