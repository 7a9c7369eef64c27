-- Runs with the caller's rights: a tenant has proofs of its own rows. Planned anew for each call, because the
-- id is looked for in the month that its clock names, and in others only where a test had moved the clock.
create or replace function comply.audit_proof(audit_id uuid, digest text default null)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
  v_row comply.audit_trail;
  v_at  timestamptz := to_timestamp(
    ('x' || lpad(left(replace(audit_proof.audit_id::text, '-', ''), 12), 16, '0'))::bit(64)::bigint / 1000.0);
begin
  select a.*
  into v_row
  from comply.audit_trail as a
  where a.id = audit_proof.audit_id
    and a."timestamp" between v_at - interval '1 hour' and v_at + interval '1 hour';

  if not found then
    select a.*
    into v_row
    from comply.audit_trail as a
    where a.id = audit_proof.audit_id;
  end if;

  if not found then
    raise exception 'there is no audit row %', audit_proof.audit_id
      using errcode = 'PC205',
            hint    = 'A service sees the rows of the tenant in context only: call comply.enter() first.';
  end if;

  return comply.prove_row(v_row, audit_proof.digest);
end;
$$;

comment on function comply.audit_proof(uuid, text) is
  'Return the proof that a row of the trail is under a checkpoint: the newest, or the one with a digest. An '
  'outsider checks it with comply-db verify-proof. Raises PC205, PC206, PC207, PC208, PC209.';

revoke execute on function comply.audit_proof(uuid, text) from public;
grant  execute on function comply.audit_proof(uuid, text)
  to comply_app, comply_reader, comply_auditor, comply_admin;
