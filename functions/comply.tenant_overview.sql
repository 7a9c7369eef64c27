-- Counts across tenants without showing a record, so it has the owner's rights. Counts rows: a rough picture
-- of a small database, not a dashboard. Volatile, because it leaves a row in the access log while a tenant is
-- verbose.
create or replace function comply.tenant_overview()
returns table (
  tenant_id     text,
  display_name  text,
  audit_level   text,
  records       bigint,
  flagged       bigint,
  detectors     bigint,
  last_seen_at  timestamptz
)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  perform comply_private.note_staff_read('storage_records');

  return query
  select
    c.tenant_id,
    c.display_name,
    c.audit_level,
    count(r.id),
    count(r.id) filter (where r.mapped_data -> 'labels' <> '["OTHER.Safe"]'),
    count(distinct r.detector_type),
    max(r."timestamp")
  from comply.tenant_configs as c
  left join comply.storage_records as r on r.tenant_id = c.tenant_id
  group by c.tenant_id
  order by c.tenant_id;
end;
$$;

comment on function comply.tenant_overview() is
  'Return one row a tenant: its records, those with a finding, its detectors, and when the last text was seen.';

revoke execute on function comply.tenant_overview() from public;
grant  execute on function comply.tenant_overview()
  to comply_analyst, comply_auditor, comply_admin, comply_operator;
