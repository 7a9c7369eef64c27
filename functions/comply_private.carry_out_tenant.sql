-- The keys and the door: rows follow as retention's, images as comply.redact_erased() goes. The caller has made sure
-- that no hold covers any of it.
create or replace function comply_private.carry_out_tenant(tenant_id text, erasure_id uuid)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
begin
  update comply.erasures as e
  set state = 'shredded',
      key_ids = comply_private.shred_keys(carry_out_tenant.tenant_id),
      executed_by = session_user,
      shredded_at = comply.now(),
      shredded_in = pg_current_xact_id(),
      sweep_from = pg_snapshot_xmin(pg_current_snapshot()),
      backup_days = s.backup_days,
      effective_at = comply_private.effective_at(comply.now(), s.backup_days)
  from comply_private.lifecycle_settings as s
  where e.tenant_id = carry_out_tenant.tenant_id
    and e.id = carry_out_tenant.erasure_id
    and e.shredded_at is null;

  insert into comply_private.redaction_progress (tenant_id, erasure_id)
  values (carry_out_tenant.tenant_id, carry_out_tenant.erasure_id)
  on conflict on constraint redaction_progress_pkey do nothing;
end;
$$;

comment on function comply_private.carry_out_tenant(text, uuid) is
  'Shred all keys of a tenant, keep everybody out of it, and begin with its images. Idempotent.';

revoke execute on function comply_private.carry_out_tenant(text, uuid) from public;
