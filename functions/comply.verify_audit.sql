-- Reads every tenant's trail and the ledger, which callers cannot, so it has the owner's rights; it is granted to
-- those who may see all of it.
create or replace function comply.verify_audit(tenant_id text default null, digest text default null)
returns table (problem text, tenant text, stream text, block_no bigint, audit_id uuid, detail text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set row_security = on
as $$
#variable_conflict use_column
declare
  v_stream text;
begin
  return query
  select p.problem, null::text, null::text, null::bigint, null::uuid, p.detail
  from comply_private.verify_checkpoints(verify_audit.digest) as p;

  return query
  select p.problem, p.tenant, p.stream, p.block_no, null::uuid, p.detail
  from comply_private.verify_chain(verify_audit.tenant_id) as p;

  for v_stream in
    select t.name
    from comply_private.ledger_streams() as t (name)
  loop
    return query
    select p.problem, p.tenant, v_stream, p.block_no, p.row_id, p.detail
    from comply_private.verify_rows(v_stream, verify_audit.tenant_id) as p;

    return query
    select p.problem, p.tenant, v_stream, null::bigint, p.row_id, p.detail
    from comply_private.verify_future(v_stream, verify_audit.tenant_id) as p;
  end loop;

  return query
  select 'redaction_unlawful', a.tenant_id, 'audit_trail', null::bigint, a.id,
    case
      when a.salt is null and a.old_values is null and a.new_values is null
        then 'its images are gone, and no row of the trail says who removed them'
      else 'its images were removed; what is there now, nobody sealed'
    end
  from comply.audit_trail as a
  where a.redacted_digest is not null
    and (verify_audit.tenant_id is null or a.tenant_id = verify_audit.tenant_id)
    and not (
      a.salt is null
      and a.old_values is null
      and a.new_values is null
      and exists (
        select
        from comply.audit_trail as e
        where e.record_id = a.id
          and e.tenant_id = a.tenant_id
          and e.table_name = 'audit_trail'
          and e.operation = 'REDACT'
      )
    );

  return query
  select p.problem, null::text, null::text, null::bigint, null::uuid, p.detail
  from comply_private.verify_capture() as p;
end;
$$;

comment on function comply.verify_audit(text, text) is
  'Check trail, blocks, chains and checkpoints, of a tenant or of all, and that a digest kept outside is borne out; '
  'return one row a problem, none when intact.';

revoke execute on function comply.verify_audit(text, text) from public;
grant  execute on function comply.verify_audit(text, text) to comply_auditor, comply_admin, comply_operator;
