-- Writes reviews, which callers cannot, so it has the owner's rights: nobody chooses who reviewed.
create or replace function comply.record_access_review(note text)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_entitlements jsonb;
begin
  select coalesce(jsonb_agg(to_jsonb(e)), '[]')
  into v_entitlements
  from comply.entitlements() as e;

  insert into comply_private.access_reviews (note, entitlements)
  values (record_access_review.note, v_entitlements);

  return jsonb_array_length(v_entitlements);
end;
$$;

comment on function comply.record_access_review(text) is
  'Say that comply.entitlements() was looked through and is as it should be; return how many there are.';

revoke execute on function comply.record_access_review(text) from public;
grant  execute on function comply.record_access_review(text) to comply_auditor, comply_admin;
