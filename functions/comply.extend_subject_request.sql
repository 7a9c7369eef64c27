-- Writes what callers cannot, so it has the owner's rights, and names the tenant itself.
create or replace function comply.extend_subject_request(tenant_id text, request_id uuid, reason text)
returns timestamptz
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
declare
  v_due timestamptz;
begin
  perform comply_private.require_scope(extend_subject_request.tenant_id);

  update comply.subject_requests as r
  set due_at = r.received_at + interval '3 months',
      extension_reason = extend_subject_request.reason
  where r.tenant_id = extend_subject_request.tenant_id
    and r.id = extend_subject_request.request_id
    and r.state = 'open'
    and r.extension_reason is null
    and r.due_at >= comply.now()
    and extend_subject_request.reason ~ '\S'
  returning r.due_at
  into v_due;

  if not found then
    raise exception 'request % cannot be extended', extend_subject_request.request_id
      using errcode = 'PC615',
            hint    = 'It has to be open, in time, and not extended yet; and the person is owed a reason.';
  end if;

  return v_due;
end;
$$;

comment on function comply.extend_subject_request(text, uuid, text) is
  'Give a request two more months, once, before it is late, for a reason that the person is told; return by '
  'when it is due. Raises PC003, PC332, PC615.';

revoke execute on function comply.extend_subject_request(text, uuid, text) from public;
grant  execute on function comply.extend_subject_request(text, uuid, text) to comply_app, comply_admin;
