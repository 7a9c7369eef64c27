-- What constraints cannot say, because it is in other tables: the tenant exists, takes this detector, and the
-- labels are of the taxonomy. Reads all tenants' settings, so it has the owner's rights; it looks at the rows
-- of its own statement only. Distinct first: a batch has few combinations.
create or replace function comply_private.tg_storage_records__check_names()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set jit = off
as $$
declare
  v_bad record;
begin
  select
    r.tenant_id,
    r.detector_type,
    r.taxonomy_version,
    c.tenant_id is null as is_tenant_unknown,
    d.detector_type is null as is_detector_unknown,
    r.detector_type = any (c.detectors_denied) or not r.detector_type = any (c.detectors_allowed) as is_denied,
    c.encryption_required and not r.encrypted as is_plain,
    u.label
  into v_bad
  from (
    select distinct n.tenant_id, n.detector_type, n.taxonomy_version, n.encrypted, n.mapped_data -> 'labels' as labels
    from new_rows as n
  ) as r
  left join comply.tenant_configs as c on c.tenant_id = r.tenant_id
  left join comply.detectors as d on d.detector_type = r.detector_type
  left join lateral (
    select coalesce(l.label, 'null') as label
    from jsonb_array_elements_text(r.labels) as l (label)
    where not exists (
      select
      from comply.taxonomy_labels as t
      where t.version = r.taxonomy_version
        and t.label = l.label
    )
    limit 1
  ) as u on true
  where c.tenant_id is null
     or d.detector_type is null
     or r.detector_type = any (c.detectors_denied)
     or not r.detector_type = any (c.detectors_allowed)
     or c.encryption_required and not r.encrypted
     or u.label is not null
  limit 1;

  if not found then
    return null;
  end if;

  if v_bad.is_tenant_unknown then
    raise exception 'tenant % is unknown', quote_literal(v_bad.tenant_id)
      using errcode = 'PC003', table = 'storage_records', constraint = 'storage_records_tenant_known',
            hint    = 'Check the spelling, or add the tenant as comply_admin with comply.add_tenant().';
  elsif v_bad.is_detector_unknown then
    raise exception 'detector % is unknown', quote_literal(v_bad.detector_type)
      using errcode = 'PC102', table = 'storage_records', constraint = 'storage_records_detector_known',
            hint    = 'comply.detectors lists the detectors whose results are taken.';
  elsif v_bad.is_denied then
    raise exception 'tenant % takes no results of detector %',
      quote_literal(v_bad.tenant_id), quote_literal(v_bad.detector_type)
      using errcode = 'PC103', table = 'storage_records', constraint = 'storage_records_detector_allowed',
            hint    = 'See detectors_allowed and detectors_denied of the tenant in comply.tenant_configs.';
  elsif v_bad.is_plain then
    raise exception 'tenant % takes encrypted records only', quote_literal(v_bad.tenant_id)
      using errcode = 'PC106', table = 'storage_records', constraint = 'storage_records_encryption_required',
            hint    = 'Encrypt the confidential parts and set encrypted, as comply.tenant_configs demands.';
  end if;

  raise exception 'label % is not in version % of the taxonomy', quote_literal(v_bad.label), v_bad.taxonomy_version
    using errcode = 'PC101', table = 'storage_records', constraint = 'storage_records_labels_known',
          hint    = 'comply.taxonomy_labels lists the labels, comply.detector_mappings what they are mapped from.';
end;
$$;

comment on function comply_private.tg_storage_records__check_names() is
  'Trigger: refuse records whose tenant, detector or labels are unknown or unwanted. '
  'Raises PC003, PC101, PC102, PC103, PC106.';

revoke execute on function comply_private.tg_storage_records__check_names() from public;
