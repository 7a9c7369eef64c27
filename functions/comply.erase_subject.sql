-- Destroys what callers cannot, and names the tenant itself, so it has the owner's rights. One transaction: keys, rows,
-- images and certificates go together or not at all. Pass the subject as a bound parameter, or the server's log may
-- have it.
create or replace function comply.erase_subject(
  tenant_id    text,
  subject_id   text,
  basis        text,
  requested_at timestamptz default null)
returns comply.erasures
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_erasure comply.erasures;
  v_matter  text;
begin
  if not coalesce(length(erase_subject.subject_id) <= 200 and erase_subject.subject_id ~ '\S', false) then
    raise exception 'no subject has a name like that'
      using errcode = 'PC330',
            hint    = 'Pass the pseudonym as it stands in subject_id: 1 to 200 characters, not all of them blank.';
  end if;

  v_erasure := comply_private.request_erasure(
    erase_subject.tenant_id, 'subject',
    comply_private.subject_digest(erase_subject.tenant_id, erase_subject.subject_id), erase_subject.basis,
    erase_subject.requested_at);

  v_matter := comply_private.subject_hold(erase_subject.tenant_id, erase_subject.subject_id);

  if v_matter is null then
    perform comply_private.carry_out_erasure(erase_subject.tenant_id, v_erasure.id, erase_subject.subject_id);
  elsif v_erasure.shredded_at is null then
    insert into comply_private.deferred_subjects (tenant_id, erasure_id, subject_id)
    values (erase_subject.tenant_id, v_erasure.id, erase_subject.subject_id)
    on conflict on constraint deferred_subjects_pkey do nothing;

    update comply.erasures as e
    set state = 'deferred',
        matter = v_matter
    where e.tenant_id = erase_subject.tenant_id
      and e.id = v_erasure.id;
  end if;

  select e.*
  into v_erasure
  from comply.erasures as e
  where e.tenant_id = erase_subject.tenant_id
    and e.id = v_erasure.id;

  return v_erasure;
end;
$$;

comment on function comply.erase_subject(text, text, text, timestamptz) is
  'Shred a subject''s keys, destroy its rows under certificates, and remove their images from the audit trail; under a '
  'hold destroy nothing, and note the matter that defers it. Return the erasure. Idempotent: a repeat erases what has '
  'come since. Waits for holds that are being placed. Raises PC003, PC330, PC331, PC332.';

revoke execute on function comply.erase_subject(text, text, text, timestamptz) from public;
grant  execute on function comply.erase_subject(text, text, text, timestamptz) to comply_admin;
