-- For a backup that was restored: what was erased after it was made is there again, and the report that was kept
-- outside has digests only. Hashes what is there to find the subject. Destroys what callers cannot, and names the
-- tenant itself, so it has the owner's rights. A key without rows is shredded by its digest.
create or replace function comply.erase_again(
  tenant_id      text,
  subject_digest text,
  basis          text,
  requested_at   timestamptz default null)
returns comply.erasures
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_digest  bytea;
  v_subject text;
  v_keys    uuid[];
  v_erasure comply.erasures;
begin
  if not coalesce(erase_again.subject_digest ~ '^[0-9a-f]{64}$', false) then
    raise exception 'digest % is of no subject', quote_nullable(left(erase_again.subject_digest, 100))
      using errcode = 'PC330',
            hint    = 'Pass the 64 hex digits that comply.erasure_report() had.';
  end if;

  perform comply_private.require_scope(erase_again.tenant_id);
  v_digest := decode(erase_again.subject_digest, 'hex');

  select l.subject_id
  into v_subject
  from comply_private.late_subjects(erase_again.tenant_id, array[v_digest], '0') as l
  limit 1;

  if found then
    return comply.erase_subject(erase_again.tenant_id, v_subject, erase_again.basis, erase_again.requested_at);
  end if;

  v_erasure := comply_private.request_erasure(
    erase_again.tenant_id, 'subject', v_digest, erase_again.basis, erase_again.requested_at);

  if comply_private.held(erase_again.tenant_id, null, null) is not null then
    raise exception 'hold % keeps what is left of the subject',
      quote_literal(comply_private.held(erase_again.tenant_id, null, null))
      using errcode = 'PC330',
            hint    = 'Nothing names it but a key, which archives may need: ask again when the hold is released.';
  end if;

  with shredded as (
    update comply_private.data_keys as k
    set state = 'shredded',
        wrapped = null,
        check_value = null,
        wrapped_digest = sha256(k.wrapped),
        shredded_at = comply.now()
    where k.tenant_id = erase_again.tenant_id
      and k.subject_digest = v_digest
      and k.state <> 'shredded'
    returning k.key_id
  )
  select coalesce(array_agg(s.key_id order by s.key_id), '{}')
  into v_keys
  from shredded as s;

  delete from comply_private.deferred_subjects as d
  where d.tenant_id = erase_again.tenant_id
    and d.erasure_id = v_erasure.id;

  update comply.erasures as e
  set state = case e.state when 'done' then 'done' else 'shredded' end,
      key_ids = e.key_ids || v_keys,
      executed_by = coalesce(e.executed_by, session_user),
      shredded_at = coalesce(e.shredded_at, comply.now()),
      shredded_in = coalesce(e.shredded_in, pg_current_xact_id()),
      sweep_from = coalesce(e.sweep_from, pg_snapshot_xmin(pg_current_snapshot())),
      backup_days = coalesce(e.backup_days, s.backup_days),
      effective_at = coalesce(e.effective_at, comply_private.effective_at(comply.now(), s.backup_days))
  from comply_private.lifecycle_settings as s
  where e.tenant_id = erase_again.tenant_id
    and e.id = v_erasure.id
  returning e.*
  into v_erasure;

  return v_erasure;
end;
$$;

comment on function comply.erase_again(text, text, text, timestamptz) is
  'Erase the subject that has a digest, in a database that was restored from a backup of before: as '
  'comply.erase_subject() does, and where no row names it at least its keys. Return the erasure. Idempotent. Raises '
  'PC003, PC330, PC331, PC332.';

revoke execute on function comply.erase_again(text, text, text, timestamptz) from public;
grant  execute on function comply.erase_again(text, text, text, timestamptz) to comply_admin;
