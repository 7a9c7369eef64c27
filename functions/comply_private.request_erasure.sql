-- The first call for a subject or a tenant records the request, a later one finds it; its basis stays. Two at once: the
-- second waits, and then finds what the first has done. Holds are locked before anything is looked at, in a statement
-- of its own, so nothing here is older than what they say.
create or replace function comply_private.request_erasure(
  tenant_id      text,
  scope          text,
  subject_digest bytea,
  basis          text,
  requested_at   timestamptz)
returns comply.erasures
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set row_security = on
set timezone = 'UTC'
as $$
declare
  v_at      timestamptz := coalesce(request_erasure.requested_at, comply.now());
  v_erasure comply.erasures;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'an erasure in a % transaction would not see a hold that was just placed',
      current_setting('transaction_isolation')
      using errcode = 'PC331',
            hint    = 'Begin the transaction with isolation level read committed.';
  end if;

  if not coalesce(length(request_erasure.basis) <= 1000 and request_erasure.basis ~ '\S', false)
     or not isfinite(v_at)
     or v_at > comply.now()
  then
    raise exception 'basis %, asked for at %, is no request',
      quote_nullable(left(request_erasure.basis, 100)), v_at
      using errcode = 'PC330',
            hint    = 'Pass on what grounds, in up to 1,000 characters that name no person, and a time that is past.';
  end if;

  perform comply_private.require_scope(request_erasure.tenant_id);
  perform comply_private.lock_holds();

  insert into comply.erasures (tenant_id, scope, subject_digest, basis, requested_at, due_at)
  values (
    request_erasure.tenant_id, request_erasure.scope, request_erasure.subject_digest, request_erasure.basis, v_at,
    v_at + interval '1 month')
  on conflict do nothing;

  select e.*
  into strict v_erasure
  from comply.erasures as e
  where e.tenant_id = request_erasure.tenant_id
    and e.scope = request_erasure.scope
    and e.subject_digest is not distinct from request_erasure.subject_digest
  for update;

  return v_erasure;
end;
$$;

comment on function comply_private.request_erasure(text, text, bytea, text, timestamptz) is
  'Record that a subject or a tenant is to be erased, or find that it was; keep its row, and all holds, locked. '
  'Raises PC003, PC330, PC331, PC332.';

revoke execute on function comply_private.request_erasure(text, text, bytea, text, timestamptz) from public;
