-- Writes what callers cannot, so it has the owner's rights. Pads are as good as a key, and a wrapped key
-- that was shredded must be nowhere else: they stay out.
create or replace function comply_private.tg__admin_event()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
set intervalstyle = iso_8601
as $$
declare
  v_secret constant text[] := array['inner_pad', 'outer_pad', 'singleton', 'wrapped', 'check_value'];
begin
  insert into comply_private.admin_events (
    happened_at, action, object, user_id, active_role, old_values, new_values, ip_address, user_agent,
    transaction_id)
  values (
    comply_private.clock(),
    tg_op,
    format('%I.%I', tg_table_schema, tg_table_name),
    session_user,
    nullif(current_setting('role'), 'none'),
    case when tg_op in ('UPDATE', 'DELETE') then to_jsonb(old) - v_secret end,
    case when tg_op in ('INSERT', 'UPDATE') then to_jsonb(new) - v_secret end,
    inet_client_addr(),
    nullif(current_setting('application_name'), ''),
    pg_current_xact_id());

  return null;
end;
$$;

comment on function comply_private.tg__admin_event() is
  'Trigger: leave a row for what was done to a table of keys or settings.';

revoke execute on function comply_private.tg__admin_event() from public;
