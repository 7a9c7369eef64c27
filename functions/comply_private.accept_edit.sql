-- The one way to change a file that was applied, or its name; the event stays for ever.
create or replace function comply_private.accept_edit(run_id uuid, path text, content text, reason text)
returns bigint
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_seq bigint;
begin
  if coalesce(accept_edit.reason, '') !~ '\S' then
    raise exception 'an edit of % is accepted for no reason', accept_edit.path
      using errcode = 'PC507',
            hint    = 'Say why, in words that an auditor will read.';
  end if;

  v_seq := comply_private.record_event(
    accept_edit.run_id,
    'accept',
    jsonb_build_object(
      'path', accept_edit.path,
      'content', accept_edit.content,
      'context', jsonb_build_object('reason', accept_edit.reason)));

  update comply_private.schema_migrations as m
  set path = accept_edit.path,
      checksum = sha256(convert_to(accept_edit.content, 'UTF8')),
      last_seq = v_seq
  where m.status = 'applied'
    and m.version = substring(accept_edit.path from '^schema/(\d+)__')::integer;

  if not found then
    raise exception '% is not the file of a version that is applied', accept_edit.path
      using errcode = 'PC507',
            hint    = 'Only an edit of such a file needs to be accepted; deploy the others.';
  end if;

  return v_seq;
end;
$$;

comment on function comply_private.accept_edit(uuid, text, text, text) is
  'Take the present text and name of a versioned file for what was applied. Raises PC507.';

revoke execute on function comply_private.accept_edit(uuid, text, text, text) from public;
