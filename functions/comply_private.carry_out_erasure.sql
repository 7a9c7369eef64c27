-- Keys first: should what follows be cut off, it is rolled back with them. A later call of the same erasure finds what
-- has come since; backups made before that call have it, so copies live the longer. It writes the row
-- also where nothing has, so that one who asked again can be told that somebody looked. The caller has made sure that no
-- hold covers any of it.
create or replace function comply_private.carry_out_erasure(tenant_id text, erasure_id uuid, subject_id text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_erasure  comply.erasures;
  v_settings comply_private.lifecycle_settings;
  v_gone     record;
  v_images   bigint;
begin
  -- No subject means the whole tenant to what shreds keys.
  if carry_out_erasure.subject_id is null then
    raise exception 'nobody knows of whom erasure % is', carry_out_erasure.erasure_id
      using errcode = 'PC330',
            hint    = 'Call comply.erase_subject() with the subject.';
  end if;

  select e.*
  into strict v_erasure
  from comply.erasures as e
  where e.tenant_id = carry_out_erasure.tenant_id
    and e.id = carry_out_erasure.erasure_id;

  select s.*
  into v_settings
  from comply_private.lifecycle_settings as s;

  if v_erasure.shredded_at is null then
    v_erasure.shredded_at := comply.now();
    v_erasure.shredded_in := pg_current_xact_id();
    v_erasure.sweep_from := pg_snapshot_xmin(pg_current_snapshot());
    v_erasure.executed_by := session_user;
    v_erasure.backup_days := v_settings.backup_days;
    v_erasure.effective_at := comply_private.effective_at(v_erasure.shredded_at, v_settings.backup_days);
    v_erasure.state := 'shredded';
  end if;

  v_erasure.key_ids := v_erasure.key_ids
    || comply_private.shred_keys(carry_out_erasure.tenant_id, carry_out_erasure.subject_id);

  select d.*
  into v_gone
  from comply_private.destroy_subject(
    carry_out_erasure.tenant_id, carry_out_erasure.subject_id, v_erasure.basis, v_erasure.key_ids,
    comply_private.effective_at(comply.now(), v_settings.backup_days)) as d;

  v_images := comply_private.redact_subject(
    carry_out_erasure.tenant_id, carry_out_erasure.subject_id, carry_out_erasure.erasure_id, v_gone.records);

  if v_gone.rows_destroyed <> '{}' then
    v_erasure.effective_at := greatest(
      v_erasure.effective_at, comply_private.effective_at(comply.now(), v_settings.backup_days));
  end if;

  delete from comply_private.deferred_subjects as d
  where d.tenant_id = carry_out_erasure.tenant_id
    and d.erasure_id = carry_out_erasure.erasure_id;

  update comply.erasures as e
  set state = v_erasure.state,
      key_ids = v_erasure.key_ids,
      rows_destroyed = comply_private.sum_of_counts(e.rows_destroyed, v_gone.rows_destroyed),
      images_redacted = e.images_redacted + v_images,
      executed_by = v_erasure.executed_by,
      shredded_at = v_erasure.shredded_at,
      shredded_in = v_erasure.shredded_in,
      sweep_from = v_erasure.sweep_from,
      backup_days = v_erasure.backup_days,
      effective_at = v_erasure.effective_at,
      updated_at = comply.now()
  where e.tenant_id = carry_out_erasure.tenant_id
    and e.id = carry_out_erasure.erasure_id;
end;
$$;

comment on function comply_private.carry_out_erasure(text, uuid, text) is
  'Shred the keys of a subject, destroy its rows and the images of them, and note all that in its erasure. Idempotent.';

revoke execute on function comply_private.carry_out_erasure(text, uuid, text) from public;
