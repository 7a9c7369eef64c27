-- What would refuse every line of a load, asked before anything is read.
create or replace function comply.check_load(
  detector_type text,
  model_version text,
  at            timestamptz default null
)
returns void
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_tenant text := comply.require_tenant();
  v_config comply.tenant_configs;
begin
  if not coalesce(
    length(check_load.model_version) <= 200 and check_load.model_version ~ '^\S(.*\S)?$',
    false)
  then
    raise exception 'model % is no version of a model', quote_nullable(left(check_load.model_version, 300))
      using errcode = 'PC401',
            hint    = 'Pass 1 to 200 characters that neither begin nor end with a blank.';
  end if;

  if not check_load.at between comply.now() - interval '10 years' and comply.now() + interval '1 day' then
    raise exception 'time % is not in the last ten years', check_load.at
      using errcode = 'PC401',
            hint    = 'Pass when the texts were seen, or leave it out where each line says so.';
  end if;

  if not exists (select from comply.detectors as d where d.detector_type = check_load.detector_type) then
    raise exception 'detector % is unknown', quote_nullable(check_load.detector_type)
      using errcode = 'PC102',
            hint    = 'comply.detectors lists the detectors whose results are taken.';
  end if;

  select c.*
  into v_config
  from comply.tenant_configs as c
  where c.tenant_id = v_tenant;

  if check_load.detector_type = any (v_config.detectors_denied)
     or not check_load.detector_type = any (v_config.detectors_allowed)
  then
    raise exception 'tenant % takes no results of detector %',
      quote_literal(v_tenant), quote_literal(check_load.detector_type)
      using errcode = 'PC103',
            hint    = 'See detectors_allowed and detectors_denied of the tenant in comply.tenant_configs.';
  end if;

  if v_config.encryption_required then
    raise exception 'tenant % takes encrypted records only', quote_literal(v_tenant)
      using errcode = 'PC106',
            hint    = 'A load makes plain records: insert encrypted ones, as comply.tenant_configs demands.';
  end if;
end;
$$;

comment on function comply.check_load(text, text, timestamptz) is
  'Refuse a load that could take no line: model, time and detector are judged. '
  'Raises PC004, PC102, PC103, PC106, PC401.';

revoke execute on function comply.check_load(text, text, timestamptz) from public;
grant  execute on function comply.check_load(text, text, timestamptz) to comply_app, comply_admin;
