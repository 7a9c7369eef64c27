-- Waits for nobody: what a transaction under way still seals under the key is as gone as the rest. A blind index has
-- no keys of single subjects: what is left of one in it goes with its rows.
create or replace function comply_private.shred_keys(tenant_id text, subject_id text default null)
returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_keys uuid[];
begin
  with shredded as (
    update comply_private.data_keys as k
    set state = 'shredded',
        wrapped = null,
        check_value = null,
        wrapped_digest = sha256(k.wrapped),
        shredded_at = comply.now()
    where k.tenant_id = shred_keys.tenant_id
      and k.state <> 'shredded'
      and (
        shred_keys.subject_id is null
        or k.subject_digest = comply_private.subject_digest(shred_keys.tenant_id, shred_keys.subject_id)
      )
    returning k.key_id
  )
  select coalesce(array_agg(s.key_id order by s.key_id), '{}')
  into v_keys
  from shredded as s;

  return v_keys;
end;
$$;

comment on function comply_private.shred_keys(text, text) is
  'Remove the keys of a subject, or without one all of a tenant; return their ids. What they sealed stays sealed '
  'for ever, once no backup has them any more. Idempotent.';

revoke execute on function comply_private.shred_keys(text, text) from public;
