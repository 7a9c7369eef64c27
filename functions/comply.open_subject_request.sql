-- Writes what callers cannot, so it has the owner's rights, and names the tenant itself. Keeps a digest of
-- the subject: pass it as a bound parameter, or the server's log may have it.
create or replace function comply.open_subject_request(
  tenant_id   text,
  subject_id  text,
  kind        text,
  received_at timestamptz default null
)
returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
declare
  v_at timestamptz := coalesce(open_subject_request.received_at, comply.now());
  v_id uuid;
begin
  perform comply_private.require_scope(open_subject_request.tenant_id);

  if not coalesce(
    length(open_subject_request.subject_id) <= 200 and open_subject_request.subject_id ~ '\S'
    and open_subject_request.kind in (
      'access', 'rectification', 'erasure', 'restriction', 'portability', 'objection')
    and isfinite(v_at) and v_at <= comply.now(),
    false)
  then
    raise exception 'a request of kind %, received at %, is none', quote_nullable(open_subject_request.kind), v_at
      using errcode = 'PC615',
            hint    = 'Pass a subject, a kind such as access, rectification, erasure, restriction, portability or '
                      'objection, and a time that is past.';
  end if;

  insert into comply.subject_requests (tenant_id, kind, subject_digest, received_at, due_at)
  values (
    open_subject_request.tenant_id, open_subject_request.kind,
    comply_private.subject_digest(open_subject_request.tenant_id, open_subject_request.subject_id),
    v_at, v_at + interval '1 month')
  returning id
  into v_id;

  return v_id;
end;
$$;

comment on function comply.open_subject_request(text, text, text, timestamptz) is
  'Record that a person asks about their data, to be answered within a month; return the id of the request. '
  'Raises PC003, PC332, PC615.';

revoke execute on function comply.open_subject_request(text, text, text, timestamptz) from public;
grant  execute on function comply.open_subject_request(text, text, text, timestamptz) to comply_app, comply_admin;
