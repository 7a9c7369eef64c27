-- Writes what callers cannot, so it has the owner's rights, and names the tenant itself. An erasure that was
-- asked for is fulfilled by an erasure of that subject that was carried out since, and by nothing else. A subject has
-- one erasure; a repeat takes what has come after it, and writes its row again.
create or replace function comply.close_subject_request(tenant_id text, request_id uuid, state text, answer text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
declare
  v_request comply.subject_requests;
  v_erasure uuid;
begin
  perform comply_private.require_scope(close_subject_request.tenant_id);

  select r.*
  into v_request
  from comply.subject_requests as r
  where r.tenant_id = close_subject_request.tenant_id
    and r.id = close_subject_request.request_id
  for update;

  if not found or v_request.state <> 'open'
     or close_subject_request.state is null
     or close_subject_request.state not in ('fulfilled', 'refused', 'withdrawn')
     or coalesce(close_subject_request.answer !~ '\S' or length(close_subject_request.answer) > 1000, true)
  then
    raise exception 'request % cannot become %', close_subject_request.request_id,
      quote_nullable(close_subject_request.state)
      using errcode = 'PC615',
            hint    = 'Close an open request as fulfilled, refused or withdrawn, with what was answered.';
  end if;

  if v_request.kind = 'erasure' and close_subject_request.state = 'fulfilled' then
    select e.id
    into v_erasure
    from comply.erasures as e
    where e.tenant_id = close_subject_request.tenant_id
      and e.subject_digest = v_request.subject_digest
      and e.shredded_at is not null
      and e.updated_at >= v_request.received_at;

    if not found then
      raise exception 'request % asks for an erasure, and none was carried out since', close_subject_request.request_id
        using errcode = 'PC615',
              hint    = 'Call comply.erase_subject() first, or again; where a hold defers it, leave the request open.';
    end if;
  end if;

  update comply.subject_requests as r
  set state = close_subject_request.state,
      answer = close_subject_request.answer,
      erasure_id = v_erasure,
      closed_by = session_user,
      closed_at = comply.now()
  where r.tenant_id = close_subject_request.tenant_id
    and r.id = close_subject_request.request_id;
end;
$$;

comment on function comply.close_subject_request(text, uuid, text, text) is
  'Close a request of a person as fulfilled, refused or withdrawn, with what was answered, in words that '
  'name no person. Final. Raises PC003, PC332, PC615.';

revoke execute on function comply.close_subject_request(text, uuid, text, text) from public;
grant  execute on function comply.close_subject_request(text, uuid, text, text) to comply_app, comply_admin;
