-- Locks a row of comply_private.load_turns, which callers cannot, so it has the owner's rights; it names the
-- tenant itself. The lock lasts to the end of the transaction. The insert waits for another first load.
create or replace function comply.take_load_turn(detector_type text, model_version text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_tenant text := comply.require_tenant();
begin
  insert into comply_private.load_turns (tenant_id, detector_type, model_version)
  values (v_tenant, take_load_turn.detector_type, take_load_turn.model_version)
  on conflict on constraint load_turns_pkey do nothing;

  perform
  from comply_private.load_turns as t
  where t.tenant_id = v_tenant
    and t.detector_type = take_load_turn.detector_type
    and t.model_version = take_load_turn.model_version
  for update;
end;
$$;

comment on function comply.take_load_turn(text, text) is
  'Wait until no other transaction loads for this tenant, detector and model, and keep others waiting until '
  'this one ends. Raises PC004.';

revoke execute on function comply.take_load_turn(text, text) from public;
grant  execute on function comply.take_load_turn(text, text) to comply_app, comply_admin;
