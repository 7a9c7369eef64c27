-- Runs with the caller's rights: each sees of a request what policies show. Records and executions are read
-- from the trail, which has their images, so one index answers.
create or replace function comply.trace(correlation_id uuid)
returns table (
  happened_at    timestamptz,
  tenant_id      text,
  actor          text,
  user_id        text,
  operation      text,
  table_name     text,
  record_id      uuid,
  old_values     jsonb,
  new_values     jsonb,
  transaction_id xid8,
  audit_id       uuid
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
  select
    a."timestamp",
    a.tenant_id,
    a.actor,
    a.user_id,
    a.operation,
    a.table_name,
    a.record_id,
    a.old_values,
    a.new_values,
    a.transaction_id,
    a.id
  from comply.audit_trail as a
  where a.correlation_id = trace.correlation_id
  order by a.id;
end;
$$;

comment on function comply.trace(uuid) is 'Return everything that was changed for a request, the first first.';

revoke execute on function comply.trace(uuid) from public;
grant  execute on function comply.trace(uuid) to comply_app, comply_reader, comply_auditor, comply_admin;
