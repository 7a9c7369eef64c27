-- Runs with the caller's rights: a tenant has proofs of its own chains.
create or replace function comply.consistency_proof(
  from_digest text,
  to_digest   text default null,
  tenant_id   text default null)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_headers comply.ledger_blocks[];
begin
  if consistency_proof.tenant_id is null then
    return comply.prove_history(consistency_proof.from_digest, consistency_proof.to_digest);
  end if;

  select array_agg(b order by b.stream collate "C")
  into v_headers
  from comply.ledger_blocks as b
  where b.tenant_id = consistency_proof.tenant_id
    and b.block_no = 0;

  if v_headers is null then
    raise exception 'tenant % has no block', consistency_proof.tenant_id
      using errcode = 'PC206',
            hint    = 'Check the spelling. A service sees the tenant in context only: call comply.enter() '
                      'first.';
  end if;

  return comply.prove_history(consistency_proof.from_digest, consistency_proof.to_digest, v_headers);
end;
$$;

comment on function comply.consistency_proof(text, text, text) is
  'Return the proof that a checkpoint is in the history of another, by default the newest; with a tenant '
  'also that each of its chains only grew. Raises PC206, PC207, PC208, PC209.';

revoke execute on function comply.consistency_proof(text, text, text) from public;
grant  execute on function comply.consistency_proof(text, text, text)
  to comply_app, comply_reader, comply_auditor, comply_admin, comply_operator;
