-- Writes what callers cannot, so it has the owner's rights. Its caller's word: the vault's own log has the proof. Only
-- where the key wrapped nothing that is still needed can it be destroyed at all.
create or replace function comply.report_key_destroyed(tenant_id text, erasure_id uuid, destroyed_at timestamptz)
returns timestamptz
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_effective_at timestamptz;
begin
  perform comply_private.require_scope(report_key_destroyed.tenant_id);

  if not coalesce(isfinite(report_key_destroyed.destroyed_at)
                  and report_key_destroyed.destroyed_at <= comply.now(), false)
     or exists (
       select
       from comply_private.data_keys as k
       join comply.erasures as e on e.tenant_id = k.tenant_id and e.id = report_key_destroyed.erasure_id
       where k.kek_kid in (
           select o.kek_kid
           from comply_private.data_keys as o
           where o.tenant_id = e.tenant_id
             and o.key_id = any (e.key_ids)
         )
         and k.wrapped is not null
     )
  then
    raise exception 'key-encryption key was not destroyed at %', report_key_destroyed.destroyed_at
      using errcode = 'PC330',
            hint    = 'Pass a time that is past, once the key wraps nothing that is still needed.';
  end if;

  update comply.erasures as e
  set kek_destroyed_at = report_key_destroyed.destroyed_at,
      effective_at = least(
        e.effective_at,
        comply_private.effective_at(
          e.shredded_at, e.backup_days, report_key_destroyed.destroyed_at, s.vault_purge_days))
  from comply_private.lifecycle_settings as s
  where e.tenant_id = report_key_destroyed.tenant_id
    and e.id = report_key_destroyed.erasure_id
    and e.shredded_at is not null
  returning e.effective_at
  into v_effective_at;

  if not found then
    raise exception 'no keys were shredded by erasure %', quote_nullable(report_key_destroyed.erasure_id)
      using errcode = 'PC330',
            hint    = 'See comply.erasure_report().';
  end if;

  return v_effective_at;
end;
$$;

comment on function comply.report_key_destroyed(text, uuid, timestamptz) is
  'Note that the vault destroyed the key that wrapped what an erasure shredded; return from when on nobody can open '
  'it. Idempotent. Raises PC003, PC330, PC332.';

revoke execute on function comply.report_key_destroyed(text, uuid, timestamptz) from public;
grant  execute on function comply.report_key_destroyed(text, uuid, timestamptz) to comply_admin;
