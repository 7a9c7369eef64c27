create or replace function comply_private.check_limit(check_id text)
returns comply.check_limits
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_limit comply.check_limits;
begin
  select l.*
  into v_limit
  from comply.check_limits as l
  where l.check_id = check_limit.check_id;

  return v_limit;
end;
$$;

comment on function comply_private.check_limit(text) is 'Return what a check measures by.';

revoke execute on function comply_private.check_limit(text) from public;
